import { afterEach, expect, test } from '@jest/globals';
import { IsString } from 'class-validator';
import { randomUUID } from 'node:crypto';
import { eventually, throughout } from '../../../../test/support/eventually.js';
import { realBroker } from '../../../../test/support/real-broker.js';
import { recordingLog } from '../../../../test/support/recording-log.js';
import type { Delivery } from '../delivery.js';
import { message } from '../message.js';
import { plainTopic } from '../topic.js';
import { connect, MqClient, type Receive } from './mq-client.js';

// What the programs under examples/ do not show: how a subscription fails and ends.

class Noted extends message('note.taken') {
  @IsString() readonly text: string;
}
const notes = plainTopic('mq-test-client', { events: { taken: Noted }, key: ({ text }) => text });

const clients: MqClient[] = [];
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));

async function aClient() {
  const log = recordingLog();
  const source = randomUUID();
  const client = await connect({ connection: realBroker(), source, publishes: [notes], log });
  clients.push(client);
  /** Leaves out what other runs have left. */
  const subscribe = (receive: Receive<Noted>) =>
    client.subscribe(notes, { group: 'mq-test-client' }, (note, delivery) =>
      delivery.source === source ? receive(note, delivery) : undefined,
    );
  return { client, subscribe, log };
}

test('gives back what throws, and gets it again under the same event id', async () => {
  const { client, subscribe, log } = await aClient();
  const seen: Delivery[] = [];
  await subscribe((_, delivery) => {
    seen.push(delivery);
    if (seen.length === 1) throw new Error('no paper');
  });
  await client.send(notes.taken, { text: 'a' });
  await eventually(() => expect(seen).toHaveLength(2));
  expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(seen[1]?.eventId).toBe(seen[0]?.eventId);
  expect(log.of('message given back')[0]?.facts).toMatchObject({ attempt: 1, reason: 'Error: no paper' });
});

test('closes when the handler under way is through, and acknowledges what it did', async () => {
  const first = await aClient();
  const steps: string[] = [];
  let finish = (): void => undefined;
  await first.subscribe(async () => {
    steps.push('begun');
    await new Promise<void>((resolve) => (finish = resolve));
    steps.push('through');
  });
  await first.client.send(notes.taken, { text: 'b' });
  await eventually(() => expect(steps).toEqual(['begun']));
  const closing = first.client.close().then(() => steps.push('closed'));
  await throughout(() => expect(steps).toEqual(['begun']), 1_000);
  finish();
  await closing;
  expect(steps).toEqual(['begun', 'through', 'closed']);
});

test('names the group that is not there', async () => {
  const { client } = await aClient();
  await expect(client.subscribe(notes, { group: 'mq-test-unknown' }, () => undefined)).rejects.toMatchObject({
    code: 'MQ_BROKER_40403',
  });
});
