import { afterAll, afterEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LeasedMessage } from '@halfway/mq/testing';
import { eventually } from '../../support/eventually.js';
import { Children } from './child.js';
import { Clients } from './fixture.js';

const LEASE_MS = 10_000;
const clients = new Clients();
const children = new Children();
afterEach(() => clients.stopAll());
afterAll(() => children.clear());

const ordinary = (topic: string, text: string, group?: string) => ({
  topic,
  body: clients.body(text),
  keys: [],
  properties: {},
  ...(group === undefined ? {} : { messageGroup: group }),
});
const ordered = (n: number) => ({ group: `mq-test-${n}`, topics: [`mq-test-ordered-${n}`], ordered: true });

test('keeps the order of every key over 8 queues', async () => {
  const { consumer, seen } = await clients.consumer(ordered(1));
  const producer = await clients.producer({ topics: ['mq-test-ordered-1'] });
  const keys = [...Array(40).keys()].map((n) => `${clients.run}-${n}`);
  const perKey = [...Array(15).keys()].map(String);
  // All at once: the producer's lanes keep the order of the calls.
  await Promise.all(
    keys.flatMap((key) => perKey.map((text) => producer.send(ordinary('mq-test-ordered-1', text, key)))),
  );
  await eventually(() => expect(seen).toHaveLength(keys.length * perKey.length));
  for (const key of keys) expect(seen.filter(({ group }) => group === key).map(({ text }) => text)).toEqual(perKey);
  await eventually(() => expect(consumer.held).toBe(0));
});

test('delivers nothing again after a lease: neither what was acknowledged in batches nor what a slow handler holds', async () => {
  const slow: LeasedMessage[] = [];
  const handle = (text: string, leased: LeasedMessage) => void (text === 'slow' ? slow.push(leased) : leased.ack());
  const one = await clients.consumer(ordered(2), handle);
  const two = await clients.consumer({ group: 'mq-test-plain-4', topics: ['mq-test-plain-4'], ordered: false }, handle);
  const producer = await clients.producer({ topics: ['mq-test-ordered-2', 'mq-test-plain-4'] });
  const quick = [...Array(200).keys()].map((n) => `quick ${n}`);
  for (const [topic, group] of [['mq-test-ordered-2', clients.run], ['mq-test-plain-4']] as const) {
    await Promise.all(quick.map((text) => producer.send(ordinary(topic, text, group && `${group} ${text}`))));
    await producer.send(ordinary(topic, 'slow', group));
  }
  await eventually(() => expect([one.seen.length, two.seen.length]).toEqual([201, 201]));
  // A redelivery would come within a lease; there is no event for "nothing came", so this one wait is by the clock.
  await sleep(LEASE_MS + 2_000);
  expect(slow.map(({ leaseLost }) => leaseLost)).toEqual([false, false]);
  await Promise.all(slow.map((leased) => leased.ack()));
  expect([one.seen.length, two.seen.length]).toEqual([201, 201]);
});

test('delivers again what was released, about when it should, ordered or not', async () => {
  const releaseFirst = (_: string, leased: LeasedMessage) =>
    void (leased.message.attempt === 1 ? leased.release(1_500) : leased.ack());
  const one = await clients.consumer(ordered(3), releaseFirst);
  const two = await clients.consumer(
    { group: 'mq-test-plain-5', topics: ['mq-test-plain-3'], ordered: false },
    releaseFirst,
  );
  const producer = await clients.producer({ topics: ['mq-test-ordered-3', 'mq-test-plain-3'] });
  const message = { body: clients.body('again'), keys: [], properties: {} };
  await producer.send({ ...message, topic: 'mq-test-ordered-3', messageGroup: clients.run });
  await producer.send({ ...message, topic: 'mq-test-plain-3' });
  for (const { seen } of [one, two]) {
    await eventually(() => expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2]));
    expect((seen[1]?.atMs ?? 0) - (seen[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(1_400);
  }
});

test('holds back the later messages of a queue while one is held, without counting anything twice', async () => {
  const held: LeasedMessage[] = [];
  const { consumer, seen } = await clients.consumer(
    { group: 'mq-test-4', topics: ['mq-test-few-queues'], ordered: true },
    (text, leased) => void (text === 'first' ? held.push(leased) : leased.ack()),
  );
  const producer = await clients.producer({ topics: ['mq-test-few-queues'] });
  const send = (text: string) =>
    producer.send({
      topic: 'mq-test-few-queues',
      body: clients.body(text),
      messageGroup: clients.run,
      keys: [],
      properties: {},
    });
  await send('first');
  await eventually(() => expect(held).toHaveLength(1));
  for (const text of ['second', 'third']) await send(text);
  expect(consumer.held).toBe(1);
  await held[0]?.ack();
  await eventually(() => expect(seen.map(({ text }) => text)).toEqual(['first', 'second', 'third']));
  await eventually(() => expect(consumer.held).toBe(0));
});

test('gives back what its owner could not take', async () => {
  const { seen } = await clients.consumer(ordered(4), (_, leased) => {
    if (leased.message.attempt === 1) throw new Error('not now');
    void leased.ack();
  });
  const producer = await clients.producer({ topics: ['mq-test-ordered-4'] });
  const message = { body: clients.body('x'), messageGroup: clients.run, keys: [], properties: {} };
  await producer.send({ ...message, topic: 'mq-test-ordered-4' });
  await eventually(() => expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2]));
});

test('waits at a stop for what is being worked on, and gives the rest back for another consumer', async () => {
  const held: LeasedMessage[] = [];
  const first = await clients.consumer(ordered(4), (_, leased) => void held.push(leased));
  const producer = await clients.producer({ topics: ['mq-test-ordered-4'] });
  for (const text of ['worked on', 'stuck']) {
    await producer.send({
      topic: 'mq-test-ordered-4',
      body: clients.body(text),
      messageGroup: `${clients.run} ${text}`,
      keys: [],
      properties: {},
    });
  }
  await eventually(() => expect(held).toHaveLength(2));
  const stopCalledAt = Date.now();
  const stopped = first.consumer.stop(800);
  await held.find(({ message }) => message.body.toString().endsWith('worked on'))?.ack();
  await stopped;
  const second = await clients.consumer(ordered(4));
  await eventually(() => expect(second.seen.map(({ text }) => text)).toEqual(['stuck']));
  expect(Date.now() - stopCalledAt).toBeLessThan(LEASE_MS * 0.7); // else it is the lease that ran out
});

test('takes over the messages of a killed consumer within its lease', async () => {
  const victim = await children.run(`
    const consumer = new RocketConsumer({ connection, group: 'mq-test-5', topics: ['mq-test-ordered-4'], ordered: true, log,
      onMessage: (leased) => leased.message.body.toString().startsWith('${clients.run}')
        ? console.log('got it') : void leased.ack() });
    await consumer.start();
    console.log('started');`);
  await eventually(() => expect(victim.lines).toContain('started'));
  const producer = await clients.producer({ topics: ['mq-test-ordered-4'] });
  await producer.send({
    topic: 'mq-test-ordered-4',
    body: clients.body('orphan'),
    messageGroup: clients.run,
    keys: [],
    properties: {},
  });
  await eventually(() => expect(victim.lines).toContain('got it'));
  victim.process.kill('SIGKILL');
  const killedAt = Date.now();
  const { seen } = await clients.consumer({ ...ordered(5), topics: ['mq-test-ordered-4'] });
  await eventually(() => expect(seen.map(({ text }) => text)).toContain('orphan'), { withinMs: 25_000 });
  expect((seen[0]?.atMs ?? 0) - killedAt).toBeLessThan(LEASE_MS + 3_000);
});
