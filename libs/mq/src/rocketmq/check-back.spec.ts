import { expect, jest, test } from '@jest/globals';
import type { MessageView } from 'rocketmq-client-nodejs';
import { BoundedChecker } from './check-back.js';
import { TransactionResolution } from './generated.js';
import type { CheckBack, Verdict } from './wire.js';

const log = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
// As much of a view as the mapping reads.
const view = {
  topic: 't',
  messageId: 'm',
  keys: [],
  properties: new Map(),
  body: Buffer.from('b'),
} as unknown as MessageView;
const check = (checkBack: CheckBack) => new BoundedChecker(checkBack, log).check(view);
const { COMMIT, ROLLBACK, TRANSACTION_RESOLUTION_UNSPECIFIED: UNKNOWN } = TransactionResolution;

test.each<[Verdict, number]>([
  ['commit', COMMIT],
  ['rollback', ROLLBACK],
  ['unknown', UNKNOWN],
])('answers %s as it is', async (verdict, resolution) => {
  expect(await check({ answer: () => Promise.resolve(verdict) })).toBe(resolution);
});

test.each<[string, () => Promise<Verdict>]>([
  ['rejects', () => Promise.reject(new Error('no database'))],
  [
    'throws',
    () => {
      throw new Error('no database');
    },
  ],
  ['hangs', () => new Promise(() => undefined)],
  // What plain JavaScript may return.
  ['answers with something else', () => Promise.resolve(true as unknown as Verdict)],
])('leaves it unknown when the checker %s', async (_, answer) => {
  expect(await check({ answer, timeoutMs: 20 })).toBe(UNKNOWN);
});

test('asks a few at a time, and leaves unknown what would wait too long for its turn', async () => {
  let asked = 0;
  const checker = new BoundedChecker(
    { answer: () => (asked++, new Promise(() => undefined)), concurrency: 2, timeoutMs: 200 },
    log,
  );
  const verdicts = await Promise.all([...Array(10)].map(() => checker.check(view)));
  expect(verdicts).toEqual(Array(10).fill(UNKNOWN));
  expect(asked).toBe(2);
});
