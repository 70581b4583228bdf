import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { MessageView } from 'rocketmq-client-nodejs';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { AckBatcher, type SendAcks } from './ack-batcher.js';

const { Code } = definition;
type Code = (typeof Code)[keyof typeof Code];
const log = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
// As much of a view as an ack needs.
const view = (id: string) =>
  ({
    messageId: id,
    receiptHandle: `handle-${id}`,
    topic: 't',
    endpoints: { facade: 'a:1' },
  }) as unknown as MessageView;
const inAMinute = () => Date.now() + 60_000;
const handles = (request: InstanceType<typeof service.AckMessageRequest>) =>
  request.getEntriesList().map((entry) => entry.getReceiptHandle());
const answer = (overall: Code, entries: Record<string, Code> = {}) =>
  new service.AckMessageResponse()
    .setStatus(new definition.Status().setCode(overall))
    .setEntriesList(
      Object.entries(entries).map(([handle, code]) =>
        new service.AckMessageResultEntry().setReceiptHandle(handle).setStatus(new definition.Status().setCode(code)),
      ),
    );

beforeEach(() => {
  jest.useFakeTimers();
  log.warn.mockClear();
});
afterEach(() => void jest.useRealTimers());

test('sends the acks of one turn together, 32 a call', async () => {
  const calls: number[] = [];
  const acks = new AckBatcher('g', async (_, request) => (calls.push(handles(request).length), answer(Code.OK)), log);
  const done = Promise.all([...Array(70).keys()].map((i) => acks.ack(view(String(i)), inAMinute())));
  await jest.advanceTimersByTimeAsync(0);
  await done;
  expect(calls).toEqual([32, 32, 6]);
});

test('gathers what comes in while calls are under way', async () => {
  const calls: string[][] = [];
  const ends: (() => void)[] = [];
  const send: SendAcks = (_, request) => {
    calls.push(handles(request));
    return new Promise((resolve) => ends.push(() => resolve(answer(Code.OK))));
  };
  const acks = new AckBatcher('g', send, log);
  for (let i = 0; i < 10; i++) {
    void acks.ack(view(String(i)), inAMinute());
    await jest.advanceTimersByTimeAsync(1);
  }
  expect(calls.map(({ length }) => length)).toEqual([1, 1, 1, 1]);
  ends.shift()?.();
  await jest.advanceTimersByTimeAsync(1);
  expect(calls.at(-1)).toHaveLength(6);
});

test('looks at each entry of a mixed answer and sends the failed one again', async () => {
  const calls: string[][] = [];
  const acks = new AckBatcher(
    'g',
    async (_, request) => {
      calls.push(handles(request));
      return calls.length > 1
        ? answer(Code.OK)
        : answer(Code.MULTIPLE_RESULTS, {
            'handle-a': Code.OK,
            'handle-b': Code.INTERNAL_SERVER_ERROR,
            'handle-c': Code.INVALID_RECEIPT_HANDLE,
          });
    },
    log,
  );
  const done = Promise.all(['a', 'b', 'c'].map((id) => acks.ack(view(id), inAMinute())));
  await jest.advanceTimersByTimeAsync(300);
  await done;
  expect(calls).toEqual([['handle-a', 'handle-b', 'handle-c'], ['handle-b']]);
});

test('tries until the lease is over, then gives up with a warning', async () => {
  let calls = 0;
  const acks = new AckBatcher('g', () => (calls++, Promise.reject(new Error('gone'))), log);
  const done = acks.ack(view('a'), Date.now() + 5_000);
  await jest.advanceTimersByTimeAsync(6_000);
  await done;
  // 0.2 + 0.4 + 0.8 s, then every second.
  expect(calls).toBe(7);
  expect(log.warn).toHaveBeenCalledTimes(1);
});

test('leaves nobody waiting when it closes', async () => {
  const acks = new AckBatcher('g', () => Promise.reject(new Error('gone')), log);
  const done = acks.ack(view('a'), inAMinute());
  await jest.advanceTimersByTimeAsync(10);
  acks.close();
  await done;
  expect(jest.getTimerCount()).toBe(0);
});
