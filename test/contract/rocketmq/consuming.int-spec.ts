import { afterAll, afterEach, expect, test } from '@jest/globals';
import type { LeasedMessage } from '@halfway/mq/testing';
import { eventually } from '../../support/eventually.js';
import { Children } from './child.js';
import { Clients } from './fixture.js';

const LEASE_MS = 10_000;
const clients = new Clients();
const children = new Children();
afterEach(() => clients.stopAll());
afterAll(() => children.clear());

const ordered = (n: number) => ({ group: `mq-test-${n}`, topics: [`mq-test-ordered-${n}`], ordered: true });

test('keeps the order of every key over 8 queues, acknowledges in batches, and nothing comes again after the lease', async () => {
  const { consumer, seen } = await clients.consumer(ordered(1));
  const producer = await clients.producer({ topics: ['mq-test-ordered-1'] });
  const keys = [...Array(40).keys()].map((n) => `${clients.run}-${n}`);
  const perKey = 15;
  // All at once: the producer's lanes keep the order of the calls.
  await Promise.all(
    keys.flatMap((key) =>
      [...Array(perKey).keys()].map((n) =>
        producer.send({
          topic: 'mq-test-ordered-1',
          body: clients.body(String(n)),
          messageGroup: key,
          keys: [],
          properties: {},
        }),
      ),
    ),
  );
  await eventually(() => expect(seen).toHaveLength(keys.length * perKey));
  const expected = [...Array(perKey).keys()].map(String);
  for (const key of keys) expect(seen.filter(({ group }) => group === key).map(({ text }) => text)).toEqual(expected);
  await eventually(() => expect(consumer.held).toBe(0));
  await pastTheLease();
  expect(seen).toHaveLength(keys.length * perKey);
});

test('renews the lease of a slow handler, ordered or not: its message comes once', async () => {
  const slow: LeasedMessage[] = [];
  const keep = (_: string, leased: LeasedMessage) => void slow.push(leased);
  const one = await clients.consumer(ordered(2), keep);
  const two = await clients.consumer({ group: 'mq-test-plain-4', topics: ['mq-test-plain-4'], ordered: false }, keep);
  const producer = await clients.producer({ topics: ['mq-test-ordered-2', 'mq-test-plain-4'] });
  const message = { body: clients.body('slow'), keys: [], properties: {} };
  await producer.send({ ...message, topic: 'mq-test-ordered-2', messageGroup: clients.run });
  await producer.send({ ...message, topic: 'mq-test-plain-4' });
  await eventually(() => expect(slow).toHaveLength(2));
  await pastTheLease();
  expect(slow.map(({ leaseLost }) => leaseLost)).toEqual([false, false]);
  await Promise.all(slow.map((leased) => leased.ack()));
  expect([one.seen.length, two.seen.length]).toEqual([1, 1]);
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
  const stopped = first.consumer.stop(800);
  await held.find(({ message }) => message.body.toString().endsWith('worked on'))?.ack();
  await stopped;
  const stoppedAt = Date.now();
  const second = await clients.consumer(ordered(4));
  await eventually(() => expect(second.seen.map(({ text }) => text)).toEqual(['stuck']));
  expect(Date.now() - stoppedAt).toBeLessThan(LEASE_MS / 2);
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

/** Redelivery would come within a lease; there is no event for "nothing came", so this one wait is by the clock. */
function pastTheLease(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LEASE_MS + 2_000));
}
