import { connect, message, plainTopic } from '@halfway/mq';
import { IsString } from 'class-validator';
import { brokersKnownTo } from './support/name-server.js';
import { example } from './support/example.js';

class LetterPosted extends message('letter.posted') {
  @IsString() readonly text: string;
}
/** The kind of mail. One producer may write to many topics, one consumer may read many. */
const letters = plainTopic('example-roles', { events: { posted: LetterPosted }, key: ({ text }) => text });

export const roles = example(
  'roles',
  'producer, consumer, topic, message queues, proxy, broker and name server, each with its address',
  async ({ here, place, say, expect, until, closing, ours }) => {
    const mail = closing(await connect({ ...here, publishes: [letters] }));

    say(`proxy: ${here.connection.endpoint}. The only address that a client of RocketMQ 5 is given`);
    say('  RocketMQ 4: a client is given the name server, asks it for the route, and speaks to the brokers itself');
    if (place) {
      say(`name server: ${place.nameServer}. The authority over the post offices: it knows which brokers there are`);
      for (const { name, address } of await brokersKnownTo(place))
        say(`  broker ${name}: ${address}. The post office: keeps and forwards`);
    } else say('name server and brokers: not ours to show. The proxy asks them, a client does not need to know them');

    const { types, queues, routes } = await mail.describe(letters);
    say(`topic ${letters.topic.name}: the kind of mail, of type ${[...types].join()}`);
    for (const { queue, broker, addresses } of routes)
      say(`  message queue ${queue} on ${broker}, reached at ${addresses.join()}. A counter of that office`);
    expect('message queues', queues, 4);
    expect('the type, which RocketMQ 4 does not know', [...types], ['NORMAL']);

    const received: string[] = [];
    await mail.subscribe(
      letters,
      { group: 'example-roles' },
      ours(({ text }) => void received.push(text)),
    );
    say('consumer: group example-roles is subscribed. Who gets the letters');
    const { messageId } = await mail.send(letters.posted, { text: 'hello' });
    say(`producer: sent "hello", message ${messageId}. Who posts a letter`);
    await until('the letter arrives', () => received.length > 0);
    expect('the consumer got', received, ['hello']);
  },
);
