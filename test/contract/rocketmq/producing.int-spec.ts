import { afterEach, describe, expect, test } from '@jest/globals';
import { BrokerUnavailableError, ConfigurationError, DelayOutOfRangeError, MessageRefusedError } from '@halfway/mq';
import { describeTopic, type OutgoingMessage } from '@halfway/mq/testing';
import { eventually } from '../../support/eventually.js';
import { realBroker } from '../../support/real-broker.js';
import { Clients } from './fixture.js';

const clients = new Clients();
afterEach(() => clients.stopAll());

const message = (topic: string, over: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  topic,
  body: clients.body('text'),
  keys: ['key', 'event-id'],
  properties: { id: 'event-id', source: 'test' },
  tag: 'order.placed',
  ...over,
});

test('delivers what was sent: body, tag, keys, properties and group', async () => {
  const arrived: object[] = [];
  await clients.consumer({ group: 'mq-test-1', topics: ['mq-test-ordered-1'], ordered: true }, (_, leased) => {
    arrived.push(leased.message);
    void leased.ack();
  });
  const producer = await clients.producer({ topics: ['mq-test-ordered-1'] });
  const { messageId } = await producer.send(message('mq-test-ordered-1', { messageGroup: 'group-ä' }));
  await eventually(() => expect(arrived).toHaveLength(1));
  expect(arrived[0]).toMatchObject({
    topic: 'mq-test-ordered-1',
    body: clients.body('text'),
    tag: 'order.placed',
    keys: ['key', 'event-id'],
    properties: { id: 'event-id', source: 'test' },
    messageGroup: 'group-ä',
    messageId,
    corrupted: false,
  });
});

test('delivers a delayed message not more than a second before its time', async () => {
  const { seen } = await clients.consumer({ group: 'mq-test-plain-1', topics: ['mq-test-delay-1'], ordered: false });
  const producer = await clients.producer({ topics: ['mq-test-delay-1'] });
  const deliverAt = new Date(Date.now() + 3_000);
  await producer.send(message('mq-test-delay-1', { deliverAt }));
  await eventually(() => expect(seen).toHaveLength(1));
  expect(seen[0]?.atMs).toBeGreaterThan(deliverAt.getTime() - 1_000);
});

test('never delivers a message that was recalled in time, and refuses to recall one that is due', async () => {
  const { seen } = await clients.consumer({ group: 'mq-test-plain-2', topics: ['mq-test-delay-2'], ordered: false });
  const producer = await clients.producer({ topics: ['mq-test-delay-2'] });
  const send = (text: string, afterMs: number) =>
    producer.send(message('mq-test-delay-2', { body: clients.body(text), deliverAt: new Date(Date.now() + afterMs) }));
  const recalled = await send('recalled', 4_000);
  const due = await send('due', 1_500);
  await send('later', 6_000);
  await producer.recall('mq-test-delay-2', recalled.recallHandle ?? '');
  await eventually(() => expect(seen.map(({ text }) => text)).toEqual(['due', 'later']));
  await expect(producer.recall('mq-test-delay-2', due.recallHandle ?? '')).rejects.toMatchObject({
    code: 'MQ_RECALL_REFUSED',
  });
});

describe('refuses before or at the broker', () => {
  const cases: readonly [string, Partial<OutgoingMessage>, new (...args: never[]) => Error, string][] = [
    ['an empty body', { body: Buffer.alloc(0) }, MessageRefusedError, 'MQ_BROKER_41302'],
    ['a plain message for an ordered topic', {}, MessageRefusedError, 'MQ_BROKER_40014'],
    ['a group of 64 bytes', { messageGroup: 'k'.repeat(64) }, MessageRefusedError, 'MQ_BROKER_40006'],
    ['a topic that is not listed', { topic: 'mq-test-plain-2' }, ConfigurationError, 'MQ_TOPIC_NOT_LISTED'],
    // This one only the broker knows.
    [
      'a reserved property',
      { messageGroup: 'k', properties: { MIN_OFFSET: '1' } },
      MessageRefusedError,
      'MQ_BROKER_40007',
    ],
    [
      'a delay of two days',
      { topic: 'mq-test-delay-1', deliverAt: new Date(Date.now() + 2 * 86_400_000) },
      DelayOutOfRangeError,
      'MQ_DELAY_OUT_OF_RANGE',
    ],
  ];
  test.each(cases)('%s', async (_, over, type, code) => {
    const producer = await clients.producer({ topics: ['mq-test-ordered-1', 'mq-test-delay-1'] });
    const sent = producer.send(message('mq-test-ordered-1', over));
    await expect(sent).rejects.toBeInstanceOf(type);
    await expect(sent).rejects.toMatchObject({ code });
  });
});

test('refuses half messages without somebody to answer check-backs', async () => {
  const producer = await clients.producer({ topics: ['mq-test-ordered-1-tx'] });
  await expect(producer.sendHalf(message('mq-test-ordered-1-tx'))).rejects.toMatchObject({ code: 'MQ_NO_CHECK_BACK' });
});

test('rejects at once when it is not started, and again after it was stopped', async () => {
  const producer = await clients.producer({ topics: ['mq-test-plain-1'] });
  await producer.send(message('mq-test-plain-1'));
  await producer.stop();
  expect(producer.connected).toBe(false);
  await expect(producer.send(message('mq-test-plain-1'))).rejects.toBeInstanceOf(BrokerUnavailableError);
  await producer.start();
  await producer.send(message('mq-test-plain-1'));
});

test('describes topics, the missing one too', async () => {
  const { endpoint } = realBroker();
  expect(await describeTopic(realBroker(), 'mq-test-ordered-1-tx')).toEqual({
    exists: true,
    types: new Set(['TRANSACTION']),
    queues: 8,
    routes: Array.from({ length: 8 }, (_, queue) => ({ broker: 'broker-a', queue, addresses: [endpoint] })),
  });
  expect(await describeTopic(realBroker(), 'no-such-topic')).toEqual({
    exists: false,
    types: new Set(),
    queues: 0,
    routes: [],
  });
});
