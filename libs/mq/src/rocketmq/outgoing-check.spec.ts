import { expect, test } from '@jest/globals';
import { ConfigurationError, DelayOutOfRangeError, MessageRefusedError } from '../mq.errors.js';
import { checkOutgoing } from './outgoing-check.js';
import type { OutgoingMessage, TopicDescription, TopicType } from './wire.js';

const topic = (type: TopicType): TopicDescription => ({ exists: true, types: new Set([type]), queues: 8, routes: [] });
const topics = new Map([
  ['plain', topic('NORMAL')],
  ['fifo', topic('FIFO')],
  ['delay', topic('DELAY')],
  ['tx', topic('TRANSACTION')],
]);
const message = (over: Partial<OutgoingMessage>): OutgoingMessage => ({
  topic: 'plain',
  body: Buffer.from('{}'),
  keys: [],
  properties: {},
  ...over,
});
const inMs = (ms: number): Date => new Date(Date.now() + ms);

test.each<[string, Partial<OutgoingMessage>, boolean]>([
  ['a plain message', {}, false],
  ['an ordered message', { topic: 'fifo', messageGroup: 'k'.repeat(63) }, false],
  ['a half message', { topic: 'tx' }, true],
  ['a delay of a second', { topic: 'delay', deliverAt: inMs(1_000) }, false],
  ['a delay of a second that waited for two', { topic: 'delay', deliverAt: inMs(-1_000) }, false],
  ['a delay of 24 h', { topic: 'delay', deliverAt: inMs(86_400_000) }, false],
  ['a body of 4 MiB', { body: Buffer.alloc(4 * 1024 * 1024) }, false],
])('lets %s through', (_, over, half) => {
  expect(() => checkOutgoing(message(over), half, topics)).not.toThrow();
});

test.each<[string, Partial<OutgoingMessage>, boolean, string]>([
  // A JavaScript caller may do what the type forbids.
  ['a string body', { body: 'text' as unknown as Buffer }, false, 'MQ_BODY'],
  ['an empty body', { body: Buffer.alloc(0) }, false, 'MQ_BROKER_41302'],
  ['a body over 4 MiB', { body: Buffer.alloc(4 * 1024 * 1024 + 1) }, false, 'MQ_BROKER_41301'],
  ['an empty group', { topic: 'fifo', messageGroup: '' }, false, 'MQ_BROKER_40006'],
  ['a group of 64 bytes', { topic: 'fifo', messageGroup: 'ä'.repeat(32) }, false, 'MQ_BROKER_40006'],
  ['an ordered topic without group', { topic: 'fifo' }, false, 'MQ_BROKER_40014'],
  ['a group on a plain topic', { messageGroup: 'k' }, false, 'MQ_BROKER_40014'],
  ['a half message on a plain topic', {}, true, 'MQ_BROKER_40014'],
  ['a group on a half message', { topic: 'tx', messageGroup: 'k' }, true, 'MQ_BROKER_40014'],
  [
    'a delay on an ordered message',
    { topic: 'fifo', messageGroup: 'k', deliverAt: inMs(2_000) },
    false,
    'MQ_BROKER_40014',
  ],
])('refuses %s', (_, over, half, code) => {
  const check = () => checkOutgoing(message(over), half, topics);
  expect(check).toThrow(MessageRefusedError);
  expect(check).toThrow(expect.objectContaining({ code }));
});

test.each<[string, Date]>([
  ['no time at all', new Date(NaN)],
  ['seconds taken for milliseconds', new Date(Date.now() / 1000)],
  ['more than 24 h', inMs(86_400_000 + 60_000)],
])('refuses a delivery time that is %s', (_, deliverAt) => {
  expect(() => checkOutgoing(message({ topic: 'delay', deliverAt }), false, topics)).toThrow(DelayOutOfRangeError);
});

test('refuses a topic that the producer did not list', () => {
  expect(() => checkOutgoing(message({ topic: 'other' }), false, topics)).toThrow(ConfigurationError);
});
