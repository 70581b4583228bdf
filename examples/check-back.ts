import {
  CheckBack,
  connect,
  LocalTransactions,
  message,
  transactionalTopic,
  type AskedHalf,
  type Verdict,
} from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { v7 } from 'uuid';
import { example } from './support/example.js';
import { insertOrder, ordersTable, verdictOn } from './support/orders.js';

class OrderPlaced extends message('order.placed') {
  @IsUUID() readonly orderId: string;
}
const orders = transactionalTopic('example-check-back', {
  events: { placed: OrderPlaced },
  key: ({ orderId }) => orderId,
});

/** What was answered, by order: only for this example to look at. */
const answers = new Map<string, Verdict[]>();

@Injectable()
class OrderCheckBack {
  constructor(@Inject(LocalTransactions) private readonly transactions: LocalTransactions) {}

  @CheckBack(orders.placed)
  async verdict({ orderId }: OrderPlaced, { attempt }: AskedHalf): Promise<Verdict> {
    // UNKNOWN the first time, as if the result could not be read yet: so the broker asks again.
    const verdict = attempt === 1 ? 'unknown' : await verdictOn(this.transactions, orderId);
    answers.set(orderId, [...(answers.get(orderId) ?? []), verdict]);
    return verdict;
  }
}

export const checkBack = example(
  'check-back',
  'no verdict arrives, so the broker asks: first UNKNOWN, then the result of the local transaction',
  async ({ here, say, expect, expectThat, until, closing, ours, service, database }) => {
    const pool = await database(...ordersTable);
    const trading = await service({ source: here.source, publishes: [orders], pool, providers: [OrderCheckBack] });
    const cart = closing(await connect(here));
    const heard: string[] = [];
    await cart.subscribe(
      orders,
      { group: 'example-check-back' },
      ours(({ orderId }) => void heard.push(orderId)),
    );

    const orderId = v7();
    await trading.producer.sendHalf(orders.placed, { orderId });
    await trading.localTransactions.decide(orderId, (tx) => insertOrder(tx, orderId));
    say('half message stored, local transaction committed; the confirmation is lost: none is ever sent');

    const answered = () => answers.get(orderId) ?? [];
    await until('the broker asks', () => answered().length >= 1, 60_000);
    say('1  the broker asks; the answer is UNKNOWN, which is as good as none');
    expect('what the cart system has heard by now', heard, []);
    await until('the broker asks again', () => answered().length >= 2, 60_000);
    say('2  the broker asks again; the decision row is read');
    await until('the cart system hears of the order', () => heard.length > 0);
    say('3  confirmed: the message is delivered');
    expect('the first two answers', answered().slice(0, 2), ['unknown', 'commit']);
    expectThat(
      'the cart system heard of this order',
      heard.every((each) => each === orderId),
      heard,
    );

    say('why it may seem never to fire:');
    say(
      '  RocketMQ asks first after 6 s and then every 30 s by default (here transactionTimeOut and -CheckInterval are shorter);',
    );
    say(
      '  the sender must be alive, or another process of it: a program that sends and ends is never there to be asked;',
    );
    say('  it must be registered for the topic, which it is from its start when the topic is in "publishes";');
    say('  and a verdict must be missing or UNKNOWN: after COMMIT or ROLLBACK there is nothing to ask.');
  },
);
