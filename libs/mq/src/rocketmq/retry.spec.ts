import { expect, test } from '@jest/globals';
import { BrokerUnavailableError, MessageRefusedError } from '../mq.errors.js';
import { retrying } from './retry.js';

const cut = (): never => {
  throw new BrokerUnavailableError('the message', new Error('cut'));
};

/** Fails as long as `fails` says. */
function attempts(fails: (attempt: number) => unknown) {
  const startedAt: number[] = [];
  const begun = performance.now();
  const send = async (attempt: number): Promise<number> => {
    startedAt.push(performance.now() - begun);
    fails(attempt);
    return attempt;
  };
  return { startedAt, send };
}

test('sends again until it is answered, at even distances', async () => {
  const { send, startedAt } = attempts((attempt) => (attempt < 3 ? cut() : undefined));
  await expect(retrying({ times: 2, withinMs: 300 }, send)).resolves.toBe(3);
  expect(startedAt[1]).toBeGreaterThan(90);
  expect(startedAt[2]).toBeGreaterThan(190);
});

test('gives up with the last failure', async () => {
  const { send, startedAt } = attempts(cut);
  await expect(retrying({ times: 2, withinMs: 60 }, send)).rejects.toThrow(BrokerUnavailableError);
  expect(startedAt).toHaveLength(3);
});

test('begins no attempt after its time', async () => {
  const started: number[] = [];
  const slow = async (attempt: number): Promise<never> => {
    started.push(attempt);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return cut();
  };
  await expect(retrying({ times: 5, withinMs: 50 }, slow)).rejects.toThrow(BrokerUnavailableError);
  expect(started).toEqual([1]);
});

test('does not repeat what the broker refused', async () => {
  const { send, startedAt } = attempts(() => {
    throw new MessageRefusedError('MQ_BODY', 'no');
  });
  await expect(retrying({ times: 2, withinMs: 60 }, send)).rejects.toThrow(MessageRefusedError);
  expect(startedAt).toHaveLength(1);
});

test.each([
  { times: NaN, withinMs: 1 },
  { times: 1.5, withinMs: 1 },
  { times: 1, withinMs: NaN },
])('refuses %j', async (retry) => {
  await expect(retrying(retry, () => Promise.resolve())).rejects.toMatchObject({ code: 'MQ_RETRY' });
});
