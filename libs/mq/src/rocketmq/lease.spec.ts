import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { MessageView } from 'rocketmq-client-nodejs';
import { LeaseBook } from './lease-book.js';

const log = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
const aView = (over: object = {}) =>
  // As much of a view as a lease reads.
  ({
    messageId: 'm',
    topic: 't',
    offset: 1,
    receiptHandle: 'first',
    keys: [],
    properties: new Map(),
    body: Buffer.from('b'),
    ...over,
  }) as unknown as MessageView;

/** A broker that answers what the test says; `undefined` = the handle is not valid any more. */
class Wire {
  readonly calls: string[] = [];
  extendWith: () => Promise<string | undefined> = () => Promise.resolve('next');
  ack = async (view: MessageView): Promise<void> => void this.calls.push(`ack ${view.receiptHandle}`);
  extend = (view: MessageView, ms: number): Promise<string | undefined> => {
    this.calls.push(`extend ${view.receiptHandle} ${ms}`);
    return this.extendWith();
  };
  evict = (view: MessageView): void => void this.calls.push(`evict ${view.messageId}`);
}

let wire: Wire;
let book: LeaseBook;

beforeEach(() => {
  jest.useFakeTimers();
  wire = new Wire();
  book = new LeaseBook(wire, 10_000, log);
});
afterEach(() => {
  book.close();
  jest.useRealTimers();
});

test('renews at half time, again and again, and acks with the latest handle', async () => {
  const lease = book.add(aView());
  await jest.advanceTimersByTimeAsync(4_000);
  expect(wire.calls).toEqual([]);
  await jest.advanceTimersByTimeAsync(8_000);
  expect(wire.calls).toEqual(['extend first 10000', 'extend next 10000']);
  expect(lease.leaseLost).toBe(false);
  await lease.ack();
  expect(wire.calls.slice(2)).toEqual(['ack next', 'evict m']);
});

test('is lost when the broker does not know the handle any more, and then acks nothing', async () => {
  wire.extendWith = () => Promise.resolve(undefined);
  const lease = book.add(aView());
  await jest.advanceTimersByTimeAsync(6_000);
  expect(lease.leaseLost).toBe(true);
  await lease.ack();
  expect(wire.calls).toEqual(['extend first 10000', 'evict m']);
});

test('tries a failed renewal again every second, and is lost when the time is over', async () => {
  wire.extendWith = () => Promise.reject(new Error('gone'));
  const lease = book.add(aView());
  await jest.advanceTimersByTimeAsync(9_500);
  expect(lease.leaseLost).toBe(false);
  expect(wire.calls).toHaveLength(5);
  await jest.advanceTimersByTimeAsync(600);
  expect(lease.leaseLost).toBe(true);
});

test('waits for a renewal under way before it acks: the handle is changing', async () => {
  let answer: (handle: string) => void = () => undefined;
  wire.extendWith = () => new Promise((resolve) => (answer = resolve));
  const lease = book.add(aView());
  await jest.advanceTimersByTimeAsync(5_000);
  const acked = lease.ack();
  answer('renewed');
  await acked;
  expect(wire.calls.slice(1)).toEqual(['ack renewed', 'evict m']);
});

test('settles once: a release after an ack changes nothing', async () => {
  const lease = book.add(aView());
  await Promise.all([lease.ack(), lease.release(1_000), lease.ack()]);
  expect(wire.calls).toEqual(['ack first', 'evict m']);
});

test('gives back with the time asked for, three times at most', async () => {
  wire.extendWith = () => Promise.reject(new Error('gone'));
  await book.add(aView()).release(2_500);
  expect(wire.calls).toEqual([...Array(3).fill('extend first 2500'), 'evict m']);
});

test('takes the older copy for lost when the message comes again, and keeps both accounts apart', async () => {
  const older = book.add(aView());
  const newer = book.add(aView({ receiptHandle: 'again' }));
  expect([older.leaseLost, newer.leaseLost]).toEqual([true, false]);
  await older.ack();
  expect(book.size).toBe(1);
  await newer.ack();
  expect(book.size).toBe(0);
  expect(wire.calls).toEqual(['evict m', 'ack again', 'evict m']);
});

test('is drained when the last one is settled, not before', async () => {
  const lease = book.add(aView());
  const drained = book.drained(1_000);
  await lease.ack();
  expect(await drained).toBe(true);
});

test('gives the rest back when the drain time is over', async () => {
  book.add(aView({ messageId: 'a' }));
  const late = book.drained(1_000);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(await late).toBe(false);
  await book.releaseRest();
  expect(wire.calls).toEqual(['extend first 1000', 'evict a']);
});
