import { afterAll, afterEach, expect, test } from '@jest/globals';
import { createServer, type Server, type Socket } from 'node:net';
import { BrokerUnavailableError, ConfigurationError } from '@halfway/mq';
import { describeTopic, RocketConsumer, RocketProducer } from '@halfway/mq/testing';
import { eventually } from '../../support/eventually.js';
import { Children } from './child.js';
import { realBroker } from '../../support/real-broker.js';
import { recordingLog } from '../../support/recording-log.js';
import { Clients } from './fixture.js';

const clients = new Clients();
const children = new Children();
afterEach(() => clients.stopAll());
afterAll(() => children.clear());

const log = recordingLog();
const six = [1, 2, 3, 4].map((n) => `mq-test-plain-${n}`).concat('mq-test-delay-1', 'mq-test-few-queues');
const aConsumer = (over: Partial<ConstructorParameters<typeof RocketConsumer>[0]> = {}) =>
  new RocketConsumer({
    connection: realBroker(),
    group: 'mq-test-2',
    topics: ['mq-test-ordered-1'],
    ordered: true,
    log,
    onMessage: (leased) => void leased.ack(),
    ...over,
  });

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

test('starts with six topics, twenty times out of twenty', async () => {
  for (let i = 0; i < 20; i++) {
    const producer = new RocketProducer({ connection: realBroker(), topics: six, log });
    await producer.start();
    expect(producer.connected).toBe(true);
    await producer.stop();
  }
});

test('starts a consumer of two topics, ten times out of ten', async () => {
  for (let i = 0; i < 10; i++) {
    const consumer = aConsumer({ topics: ['mq-test-ordered-1', 'mq-test-ordered-2'] });
    await consumer.start();
    expect(consumer.connected).toBe(true);
    await consumer.stop(0);
  }
});

test('fails fast on an unknown group, naming the remedy', async () => {
  const consumer = aConsumer({ group: 'no-such-group' });
  const ms = await msOf(async () => {
    const started = consumer.start();
    await expect(started).rejects.toBeInstanceOf(ConfigurationError);
    await expect(started).rejects.toMatchObject({
      code: 'MQ_BROKER_40403',
      message: expect.stringMatching(/no-such-group.*provision it/),
    });
  });
  expect(ms).toBeLessThan(5_000);
});

test.each([
  [true, 'mq-test-plain-1', /not ordered on the broker.*consumeMessageOrderly=true/],
  [false, 'mq-test-2', /is ordered on the broker.*consumeMessageOrderly=false/],
])('refuses a group of the other kind (ordered: %s)', async (ordered, group, text) => {
  await expect(aConsumer({ group, ordered }).start()).rejects.toMatchObject({
    code: 'MQ_GROUP_ORDER',
    message: expect.stringMatching(text),
  });
});

test('fails fast on an unknown topic, with the status that the client hides', async () => {
  const producer = new RocketProducer({ connection: realBroker(), topics: [...six, 'no-such-topic'], log });
  const expected = { code: 'MQ_BROKER_40402', message: expect.stringMatching(/no-such-topic.*provision it/) };
  await expect(producer.start()).rejects.toMatchObject(expected);
  await expect(aConsumer({ topics: ['no-such-topic'] }).start()).rejects.toMatchObject(expected);
});

test('refuses a lease that the proxy would refuse', () => {
  expect(() => aConsumer({ leaseMs: 9_999 })).toThrow(expect.objectContaining({ code: 'MQ_LEASE' }));
});

test('fails fast when nobody listens, and within the request time when nobody answers', async () => {
  const sockets = new Set<Socket>();
  const deaf: Server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  const port = await new Promise<number>((resolve) =>
    // A TCP server's address is never the string that a pipe has.
    deaf.listen(0, '127.0.0.1', () => resolve((deaf.address() as { port: number }).port)),
  );
  for (const endpoint of ['127.0.0.1:1', `127.0.0.1:${port}`]) {
    const connection = { endpoint, requestTimeoutMs: 1_500 };
    const starts = [
      () => new RocketProducer({ connection, topics: six, log }).start(),
      () => aConsumer({ connection }).start(),
      () => describeTopic(connection, 'mq-test-plain-1'),
    ];
    for (const start of starts) {
      expect(await msOf(() => expect(start()).rejects.toBeInstanceOf(BrokerUnavailableError))).toBeLessThan(4_000);
    }
  }
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => deaf.close(resolve));
});

test('starts again after a stop, and stops twice', async () => {
  const consumer = aConsumer();
  await consumer.start();
  await consumer.stop(100);
  expect(consumer.connected).toBe(false);
  await consumer.start();
  expect(consumer.connected).toBe(true);
  await Promise.all([consumer.stop(100), consumer.stop(100)]);
});

test('stops an idle consumer without waiting for its long poll', async () => {
  const { consumer, seen } = await clients.consumer({
    group: 'mq-test-2',
    topics: ['mq-test-ordered-2'],
    ordered: true,
  });
  const producer = await clients.producer({ topics: ['mq-test-ordered-2'] });
  const message = { body: clients.body('x'), messageGroup: clients.run, keys: [], properties: {} };
  await producer.send({ ...message, topic: 'mq-test-ordered-2' });
  await eventually(() => expect(seen).toHaveLength(1)); // so it polls by now
  expect(await msOf(() => consumer.stop(10_000))).toBeLessThan(2_500);
});

test('leaves nothing open: the process ends by itself, after good starts and failed ones', async () => {
  const child = await children.run(`
    const producer = new RocketProducer({ connection, topics: ['mq-test-plain-1', 'mq-test-ordered-3-tx'], log,
      checkBack: { answer: async () => 'rollback' } });
    const consumerOf = (group) => new RocketConsumer({ connection, group, topics: ['mq-test-ordered-3'], ordered: true, log,
      onMessage: (leased) => void leased.ack() });
    const consumer = consumerOf('mq-test-3');
    await Promise.all([producer.start(), consumer.start()]);
    await producer.send({ topic: 'mq-test-plain-1', body: Buffer.from('x'), keys: [], properties: {} });
    await producer.sendHalf({ topic: 'mq-test-ordered-3-tx', body: Buffer.from('x'), keys: [], properties: {} });
    await Promise.all([producer.stop(), consumer.stop(1000)]);
    await consumerOf('no-such-group').start().catch((error) => console.log(error.code));
    await consumerOf('mq-test-plain-1').start().catch((error) => console.log(error.code));
    await new RocketProducer({ connection, topics: ['no-such-topic'], log }).start().catch((error) => console.log(error.code));
    await describeTopic(connection, 'mq-test-plain-1');
    console.log('done');`);
  const { code, msAfterLastLine } = await child.ended;
  expect(child.lines).toEqual(['MQ_BROKER_40403', 'MQ_GROUP_ORDER', 'MQ_BROKER_40402', 'done']);
  expect(code).toBe(0);
  expect(msAfterLastLine).toBeLessThan(3_000);
});
