import { connect, delayedTopic, message } from '@halfway/mq';
import { IsString } from 'class-validator';
import { example } from './support/example.js';

class OrderExpiring extends message('order.expiring') {
  @IsString() readonly orderId: string;
}
const timeouts = delayedTopic('example-recall', { events: { expiring: OrderExpiring }, key: ({ orderId }) => orderId });

export const recall = example(
  'recall',
  'a delayed message is taken back before its time, and refused to be taken back after it',
  async ({ here, say, expect, expectThat, until, closing, ours }) => {
    const shop = closing(await connect({ ...here, publishes: [timeouts] }));
    const expired: string[] = [];
    await shop.subscribe(
      timeouts,
      { group: 'example-recall' },
      ours(({ orderId }) => void expired.push(orderId)),
    );

    const paid = await shop.sendLater(timeouts.expiring, { orderId: 'paid' }, { afterMs: 5_000 });
    const unpaid = await shop.sendLater(timeouts.expiring, { orderId: 'unpaid' }, { afterMs: 5_000 });
    await shop.sendLater(timeouts.expiring, { orderId: 'the one after' }, { afterMs: 7_000 });
    say('two orders expire in 5 s, and one in 7 s');
    await shop.recall(timeouts.expiring, paid.recallHandle ?? '');
    say(`the first one is paid: its message is recalled by handle ${paid.recallHandle?.slice(0, 16)}…`);

    await until('the last one is there', () => expired.includes('the one after'), 30_000);
    expect('the recalled one never came', expired, ['unpaid', 'the one after']);
    const refused = await shop.recall(timeouts.expiring, unpaid.recallHandle ?? '').catch((error: unknown) => error);
    expectThat(
      'too late is refused, not raced',
      refused instanceof Error && 'code' in refused && refused.code === 'MQ_RECALL_REFUSED',
      refused,
    );
    say(
      'RocketMQ 4 has no recall: the message comes, and finds that the order is paid. Be right without one in RocketMQ 5 too',
    );
  },
);
