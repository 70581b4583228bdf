import { connect, message, plainTopic } from '@halfway/mq';
import { IsString } from 'class-validator';
import { openBrokerWire } from '../scenarios/faults/broker-wire.js';
import { example } from './support/example.js';

class LetterPosted extends message('letter.posted') {
  @IsString() readonly text: string;
}
const letters = plainTopic('example-sync-send', { events: { posted: LetterPosted }, key: ({ text }) => text });

export const syncSend = example(
  'sync-send',
  'the sender waits for the answer before the next message: status, id and offset; retried while the answer is lost',
  async ({ here, say, expect, expectThat, until, closing, ours }) => {
    const wire = closing(await openBrokerWire(here.connection.endpoint));
    const post = closing(
      await connect({
        connection: { ...here.connection, endpoint: wire.address },
        source: here.source,
        log: here.log,
        publishes: [letters],
      }),
    );
    const copies: { readonly text: string; readonly eventId: string }[] = [];
    const reader = closing(await connect(here));
    await reader.subscribe(
      letters,
      { group: 'example-sync-send' },
      ours(({ text }, { eventId }) => void copies.push({ text, eventId })),
    );

    const first = await post.send(
      letters.posted,
      { text: 'first' },
      { keys: ['letter-1'], properties: { postage: 'paid' } },
    );
    say(`"first": message ${first.messageId}, offset ${first.offset}`);
    expect('status', first.status, 'SEND_OK');
    expect('attempts', first.attempts, 1);
    say('SEND_OK means stored by the broker. Whether anybody has read it is another question');

    // The connection is cut when the broker has the message and its answer is on the way.
    wire.trapCall({ call: 'SendMessage', effect: 'answer-lost' });
    const second = await post.send(letters.posted, { text: 'second' }, { retry: { times: 2, withinMs: 3_000 } });
    say(`"second": the answer was lost and the message sent again, within 3 s and at most twice more`);
    expect('status', second.status, 'SEND_OK');
    expect('attempts', second.attempts, 2);
    await until('three copies have arrived', () => copies.length >= 3);
    const twice = copies.filter(({ text }) => text === 'second');
    expect('copies that the broker has of it: a retry is at least once', twice.length, 2);
    expect(
      'ids that they have: a consumer can tell that it is one letter',
      new Set(twice.map(({ eventId }) => eventId)).size,
      1,
    );

    wire.cut();
    const begun = performance.now();
    const failure = await post
      .send(letters.posted, { text: 'third' }, { retry: { times: 2, withinMs: 3_000 } })
      .catch((error: unknown) => error);
    expectThat('with the connection gone for good the sender is told', failure instanceof Error, failure);
    expectThat(
      'after the last of three attempts',
      performance.now() - begun < 8_000,
      `${((performance.now() - begun) / 1_000).toFixed(1)} s`,
    );
    say(
      'RocketMQ 4 retries by itself. Here it is the caller who says so: only the caller knows whether twice is harmless',
    );
  },
);
