import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { eventually } from '../../../../test/support/eventually.js';
import { FakeProxy } from './fake-proxy.support-spec.js';
import { HardenedConsumer } from './hardened-consumer.js';
import { HardenedProducer } from './hardened-producer.js';

// Against a proxy that misbehaves on demand; what the real one does by itself is in test/contract/rocketmq.

jest.setTimeout(20_000);
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const received: string[] = [];
let proxy: FakeProxy;
let clients: { shutdown(): Promise<void> }[] = [];

const aProducer = (): HardenedProducer => {
  const client = new HardenedProducer({ connection: { endpoint: proxy.endpoint }, topics: ['a', 'b'], logger });
  clients.push(client);
  return client;
};

const aConsumer = (): HardenedConsumer => {
  const client = new HardenedConsumer({
    connection: { endpoint: proxy.endpoint },
    group: 'group',
    topics: ['a'],
    ordered: false,
    leaseMs: 10_000,
    maxCached: 100,
    logger,
    onViews: (_, views) =>
      received.push(...views.map(({ messageId, corrupted }) => `${messageId} ${corrupted === true}`)),
  });
  clients.push(client);
  return client;
};

beforeEach(async () => {
  proxy = await new FakeProxy().start();
  clients = [];
  received.length = 0;
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.shutdown()));
  proxy.kill();
});

test('starts when the settings arrive before the client listens for them', async () => {
  // Answered while the routes of the later topics are still being asked for: the client alone would wait for ever.
  await aProducer().startup();
  expect(proxy.settingsSeen).toBe(1);
});

test('starts when the first settings are lost, by sending them again', async () => {
  proxy.onSettings = 'ignore first';
  await aProducer().startup();
  expect(proxy.settingsSeen).toBeGreaterThan(1);
});

test('fails the start at once when the proxy ends the stream with a refusal', async () => {
  proxy.onSettings = { code: status.INVALID_ARGUMENT, details: 'group not found: group' };
  await expect(aConsumer().startup()).rejects.toThrow(/group not found/);
});

test('fails a start that is never answered, and opens no stream afterwards', async () => {
  proxy.onSettings = 'ignore';
  class Impatient extends HardenedProducer {
    protected override readonly startupMs = 1_500;
  }
  const producer = new Impatient({ connection: { endpoint: proxy.endpoint }, topics: ['a'], logger });
  await expect(producer.startup()).rejects.toThrow(/took longer than 1500 ms/);
  await eventually(() => expect(proxy.streams.size).toBe(0));
});

test('gives a start up when it is stopped meanwhile', async () => {
  proxy.onSettings = 'ignore';
  const producer = aProducer();
  const started = producer.startup();
  await Promise.all([
    expect(started).rejects.toThrow(/stopped while starting/),
    proxy.next('settings').then(() => producer.shutdown()),
  ]);
});

test('sends the settings again to a proxy whose heartbeat says that it forgot them', async () => {
  const producer = aProducer();
  await producer.startup();
  proxy.heartbeatCode = definition.Code.UNRECOGNIZED_CLIENT_TYPE;
  await producer.rpc.heartbeat(producer.getEndpoints(), new service.HeartbeatRequest(), 1_000);
  await eventually(() => expect(proxy.settingsSeen).toBe(2));
});

test('has one stream again after each of three outages, and is connected', async () => {
  const producer = aProducer();
  await producer.startup();
  for (let outage = 1; outage <= 3; outage++) {
    proxy.kill();
    await eventually(() => expect(producer.connected).toBe(false));
    await proxy.start();
    await eventually(() => expect(producer.connected).toBe(true));
  }
  expect(proxy.streams.size).toBe(1);
});

test('survives errors on a stream that it has released', async () => {
  const producer = aProducer();
  await producer.startup();
  const stream = producer.createTelemetryStream(producer.getEndpoints());
  stream.removeAllListeners();
  expect(() => stream.emit('error', new Error('late'))).not.toThrow();
});

test('opens no channel once it is closed', async () => {
  const producer = aProducer();
  await producer.startup();
  await producer.shutdown();
  const opened = proxy.opened;
  producer.createTelemetryStream(producer.getEndpoints()).write(producer.settingsCommand());
  await expect(
    producer.rpc.queryRoute(producer.getEndpoints(), new service.QueryRouteRequest(), 1_000),
  ).rejects.toThrow('The client is closed');
  expect(proxy.opened).toBe(opened);
});

test('stops within its bounds when the proxy is gone', async () => {
  const producer = aProducer();
  await producer.startup();
  proxy.kill();
  const began = performance.now();
  await producer.shutdown();
  expect(performance.now() - began).toBeLessThan(4_000);
});

test('polls once per broker, however many queues are assigned', async () => {
  const consumer = aConsumer();
  await consumer.startup();
  await proxy.next('receive');
  // A round trip on the same connection: whatever the client sent in the same turn has arrived by then.
  await consumer.rpc.queryRoute(consumer.getEndpoints(), new service.QueryRouteRequest(), 1_000);
  expect(proxy.receivesBegun).toBe(1);
});

test('cancels its idle poll at a stop, and begins no other', async () => {
  const consumer = aConsumer();
  await consumer.startup();
  await proxy.next('receive');
  const began = performance.now();
  await consumer.stop(() => Promise.resolve(), 5_000);
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(proxy.receivesBegun).toBe(1);
});

test('keeps what arrived before a receive broke, and marks what it cannot unpack', async () => {
  proxy.onReceive = (call) => {
    proxy.onReceive = () => undefined;
    call.write(aMessage('plain', definition.Encoding.IDENTITY));
    call.write(aMessage('no-gzip', definition.Encoding.GZIP));
    setImmediate(() => call.emit('error', { code: status.UNAVAILABLE, details: 'broken' }));
  };
  await aConsumer().startup();
  await eventually(() => expect(received).toEqual(['plain false', 'no-gzip true']));
});

function aMessage(id: string, encoding: number) {
  const system = new definition.SystemProperties()
    .setMessageId(id)
    .setBodyDigest(new definition.Digest())
    .setBodyEncoding(encoding as typeof definition.Encoding.IDENTITY);
  const message = new definition.Message()
    .setTopic(new definition.Resource().setName('a'))
    .setBody(Buffer.from('text'))
    .setSystemProperties(system);
  return new service.ReceiveMessageResponse().setMessage(message);
}
