import { connect, message, plainTopic } from '@halfway/mq';
import { IsInt } from 'class-validator';
import { openBrokerWire } from '../scenarios/faults/broker-wire.js';
import { example } from './support/example.js';

class PageViewed extends message('page.viewed') {
  @IsInt() readonly page: number;
}
const views = plainTopic('example-one-way', { events: { viewed: PageViewed }, key: ({ page }) => `page-${page}` });

export const oneWay = example(
  'one-way',
  'sent without waiting and without an answer: a bounded fire-and-forget, and what the wire really does',
  async ({ here, say, expect, expectThat, closing }) => {
    const wire = closing(await openBrokerWire(here.connection.endpoint));
    const site = closing(
      await connect({
        ...here,
        connection: { ...here.connection, endpoint: wire.address },
        publishes: [views],
        log: silent,
      }),
    );
    const answered = wire.bytes.toClient;

    const begun = performance.now();
    const taken = Array.from({ length: 400 }, (_, page) => site.sendOneWay(views.viewed, { page })).filter(
      Boolean,
    ).length;
    say(`400 views are noted in ${(performance.now() - begun).toFixed(0)} ms`);
    expect('taken, because so many may be under way', taken, 256);
    expect('dropped, because nothing else would hold a sender back that is faster than the broker', 400 - taken, 144);
    expect('bytes of an answer by now', wire.bytes.toClient - answered, 0);

    await site.flush(); // only to look; closing does the same
    expect('calls on the wire', wire.calls['SendMessage'], 256);
    const perMessage = (wire.bytes.toClient - answered) / taken;
    expectThat(
      'the broker has answered each of them, and nobody was told',
      perMessage > 20,
      `${perMessage.toFixed(0)} bytes per message`,
    );
    expect('there is room again', site.sendOneWay(views.viewed, { page: 401 }), true);
    say('RocketMQ 4: the remoting protocol has a one-way flag, and the broker does not answer such a request');
    say(
      'RocketMQ 5: gRPC has no such call. This is an ordinary send whose answer is only logged: the round trip is there all the same',
    );
  },
);

const nothing = (): void => undefined;
/** What is dropped is logged, 144 times here. */
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };
