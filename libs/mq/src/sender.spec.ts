import { expect, jest, test } from '@jest/globals';
import { IsString } from 'class-validator';
import { recordingLog } from '../../../test/support/recording-log.js';
import { message } from './message.js';
import { BrokerUnavailableError, ConfigurationError, InvalidMessageError } from './mq.errors.js';
import type { OutgoingMessage, SendReceipt } from './rocketmq/wire.js';
import { Sender } from './sender.js';
import { delayedTopic, plainTopic } from './topic.js';

class Noted extends message('note.taken') {
  @IsString() readonly text: string;
}
const notes = plainTopic('notes', { events: { taken: Noted }, key: ({ text }) => text });
const alarms = delayedTopic('alarms', { events: { due: Noted }, key: ({ text }) => text });

/** Sends that end when the test says so. */
function aSender() {
  const sent: OutgoingMessage[] = [];
  const ends: { readonly store: () => void; readonly fail: (error: Error) => void }[] = [];
  const log = recordingLog();
  const broker = {
    send: (outgoing: OutgoingMessage): Promise<SendReceipt> => {
      sent.push(outgoing);
      const receipt: SendReceipt = { status: 'SEND_OK', messageId: `m${sent.length}`, attempts: 1, offset: 0 };
      return new Promise((resolve, fail) => ends.push({ store: () => resolve(receipt), fail }));
    },
    recall: () => Promise.resolve(),
  };
  const sender = new Sender({ source: 'test', published: new Set([notes.topic, alarms.topic]), broker, log });
  return { sender, sent, ends, log };
}

test('writes tag, keys and properties beside those of the envelope', async () => {
  const { sender, sent, ends } = aSender();
  const sending = sender.send(
    notes.taken,
    { text: 'a' },
    { tag: 'blue', keys: ['shelf-1'], properties: { size: '3' } },
  );
  ends[0]?.store();
  await sending;
  expect(sent[0]).toMatchObject({ tag: 'blue', properties: { size: '3', type: 'note.taken', subject: 'a' } });
  expect(sent[0]?.keys).toEqual(['a', sent[0]?.properties['id'], 'shelf-1']);
});

test.each([
  ['a tag of two', { tag: 'a||b' }],
  ['an empty tag', { tag: '' }],
  ['a key of two words', { keys: ['a b'] }],
  ['a property of the envelope', { properties: { source: 'somebody else' } }],
])('refuses %s before anything is sent', async (_, labels) => {
  const { sender, sent } = aSender();
  await expect(sender.send(notes.taken, { text: 'a' }, labels)).rejects.toThrow(InvalidMessageError);
  expect(() => sender.sendOneWay(notes.taken, { text: 'a' }, labels)).toThrow(InvalidMessageError);
  expect(sent).toEqual([]);
});

test('calls one callback, later, and flush waits until it has run', async () => {
  const { sender, ends } = aSender();
  const told: string[] = [];
  const callback = {
    onSuccess: async ({ messageId }: SendReceipt) => {
      await Promise.resolve();
      told.push(messageId);
    },
    onException: ({ message: text }: Error) => void told.push(text),
  };
  sender.sendAsync(notes.taken, { text: 'a' }, callback);
  sender.sendAsync(notes.taken, { text: 'b' }, callback);
  const flushed = sender.flush().then(() => told.push('flushed'));
  expect(told).toEqual([]);
  ends[1]?.fail(new Error('no answer'));
  ends[0]?.store();
  await flushed;
  expect(told).toEqual(['no answer', 'm1', 'flushed']);
});

test('waits for what a callback sends again', async () => {
  const { sender, ends, sent } = aSender();
  const again = { onException: () => sender.sendAsync(notes.taken, { text: 'b' }, { onException: () => undefined }) };
  sender.sendAsync(notes.taken, { text: 'a' }, again);
  const flushed = jest.fn();
  const flushing = sender.flush().then(flushed);
  ends[0]?.fail(new BrokerUnavailableError('it', new Error('cut')));
  while (sent.length < 2) await new Promise(setImmediate);
  expect(flushed).not.toHaveBeenCalled();
  ends[1]?.store();
  await flushing;
});

test('logs a callback that throws, and goes on', async () => {
  const { sender, ends, log } = aSender();
  const onException = (): never => {
    throw new Error('mistake');
  };
  sender.sendAsync(notes.taken, { text: 'a' }, { onException });
  ends[0]?.fail(new Error('no answer'));
  await sender.flush();
  expect(log.of('send callback failed')).toHaveLength(1);
});

test('sends 256 messages one way at a time, drops the next, and goes on when one is through', async () => {
  const { sender, sent, ends, log } = aSender();
  const results = Array.from({ length: 257 }, (_, i) => sender.sendOneWay(notes.taken, { text: `${i}` }));
  expect(results.indexOf(false)).toBe(256);
  expect(sent).toHaveLength(256);
  expect(log.of('one-way message dropped')).toHaveLength(1);
  ends[0]?.fail(new Error('no answer'));
  while (log.of('one-way message lost').length === 0) await new Promise(setImmediate);
  expect(sender.sendOneWay(notes.taken, { text: 'next' })).toBe(true);
});

test('reads a delay level as its time', async () => {
  const { sender, sent, ends } = aSender();
  const before = Date.now();
  const sending = sender.sendLater(alarms.due, { text: 'a' }, { level: '30m' });
  ends[0]?.store();
  await sending;
  const delayMs = (sent[0]?.deliverAt?.getTime() ?? 0) - before;
  expect(delayMs).toBeGreaterThanOrEqual(1_800_000);
  expect(delayMs).toBeLessThan(1_810_000);
});

test('refuses a topic that was not listed', () => {
  const { sender } = aSender();
  const others = plainTopic('others', { events: { taken: Noted }, key: ({ text }) => text });
  expect(() => sender.sendOneWay(others.taken, { text: 'a' })).toThrow(ConfigurationError);
});
