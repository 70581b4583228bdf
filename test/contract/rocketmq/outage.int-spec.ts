import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BrokerUnavailableError } from '@halfway/mq';
import { RocketConsumer, RocketProducer, type LeasedMessage } from '@halfway/mq/testing';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack } from '../../../stack/index.mjs';
import { dataFolder } from '../../../stack/paths.mjs';
import { eventually } from '../../support/eventually.js';
import { extraTopology } from '../../test-stack.mjs';
import { Clients } from './fixture.js';

// One story on a broker of its own, which is killed: the tests build on each other.

let stack: Awaited<ReturnType<typeof startStack>>;
let producer: RocketProducer;
let consumer: RocketConsumer;
let seen: { readonly text: string }[];
const clients = new Clients(() => ({ endpoint: stack.rocketmqEndpoint }));
const topics = ['mq-test-ordered-1', 'mq-test-ordered-1-tx'];
const texts = (): string[] => seen.map(({ text }) => text);
const asked: string[] = [];

beforeAll(async () => {
  stack = await startStack({
    profile: 'test',
    extraTopology,
    folder: join(dataFolder, `outage-${process.pid}`),
    log: () => {},
  });
  ({ consumer, seen } = await clients.consumer({ group: 'mq-test-1', topics: ['mq-test-ordered-1'], ordered: true }));
  producer = await clients.producer({
    topics,
    checkBack: { answer: async ({ body }) => (asked.push(body.toString()), 'rollback') },
  });
}, 120_000);

afterAll(async () => {
  await clients.stopAll();
  await stack.stop();
}, 60_000);

const send = (text: string) =>
  producer.send({
    topic: 'mq-test-ordered-1',
    body: clients.body(text),
    messageGroup: clients.run,
    keys: [],
    properties: {},
  });
/** Connections and other handles of this process that are open now. */
const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

test('fails fast while the broker is away, and everything works again some seconds after it is back', async () => {
  await send('before');
  await eventually(() => expect(texts()).toEqual(['before']));
  await producer.sendHalf({ topic: topics[1] ?? '', body: clients.body('open half'), keys: [], properties: {} });
  const socketsBefore = sockets();

  await stack.rocketmq.kill();
  await eventually(() => expect([producer.connected, consumer.connected]).toEqual([false, false]));
  // Long enough for a reconnect back-off without bounds to grow, and for a stream per attempt to show.
  for (const until = performance.now() + 10_000; performance.now() < until; await sleep(500)) {
    const began = performance.now();
    await expect(send('lost')).rejects.toBeInstanceOf(BrokerUnavailableError);
    expect(performance.now() - began).toBeLessThan(1_500);
  }

  await stack.rocketmq.start();
  const backAt = performance.now();
  await eventually(() => send('after'), { withinMs: 6_000 });
  await eventually(() => expect(texts()).toContain('after'), { withinMs: 20_000 });
  await eventually(() => expect([producer.connected, consumer.connected]).toEqual([true, true]));
  expect(performance.now() - backAt).toBeLessThan(20_000);
  await eventually(() => expect(asked.some((body) => body.endsWith('open half'))).toBe(true), { withinMs: 20_000 });
  await eventually(() => expect(sockets()).toBeLessThanOrEqual(socketsBefore));
  expect(texts()).not.toContain('lost');
}, 120_000);

test('stops within its bounds, without an error, when the broker is away and takes no ack', async () => {
  let unsettled: LeasedMessage | undefined;
  const held = await clients.consumer(
    { group: 'mq-test-2', topics: ['mq-test-ordered-1'], ordered: true },
    (_, leased) => (unsettled = leased),
  );
  await eventually(async () => {
    await send('unsettled');
    expect(unsettled).toBeDefined();
  });
  await stack.rocketmq.kill();
  void unsettled?.ack();
  const stopping = performance.now();
  await held.consumer.stop(1_000);
  expect(performance.now() - stopping).toBeLessThan(4_000);

  const began = performance.now();
  await Promise.all([producer.stop(), consumer.stop(1_000)]);
  expect(performance.now() - began).toBeLessThan(6_000);
  await expect(producer.start()).rejects.toBeInstanceOf(BrokerUnavailableError);
  await expect(consumer.start()).rejects.toBeInstanceOf(BrokerUnavailableError);
  expect(performance.now() - began).toBeLessThan(12_000);
}, 60_000);
