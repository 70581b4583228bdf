import { CheckBack, connect, LocalTransactions, message, transactionalTopic } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { v7 } from 'uuid';
import { example } from './support/example.js';
import { insertOrder, ordersTable, verdictOn } from './support/orders.js';

class OrderPlaced extends message('order.placed') {
  @IsUUID() readonly orderId: string;
}
const orders = transactionalTopic('example-half-rollback', {
  events: { placed: OrderPlaced },
  key: ({ orderId }) => orderId,
});

@Injectable()
class OrderCheckBack {
  constructor(@Inject(LocalTransactions) private readonly transactions: LocalTransactions) {}

  @CheckBack(orders.placed)
  verdict({ orderId }: OrderPlaced) {
    return verdictOn(this.transactions, orderId);
  }
}

export const halfRollback = example(
  'half-rollback',
  'the local transaction fails: rollback, and the message never arrives',
  async ({ here, say, expect, expectThat, until, closing, ours, service, database }) => {
    const pool = await database(...ordersTable);
    const trading = await service({ source: here.source, publishes: [orders], pool, providers: [OrderCheckBack] });
    const cart = closing(await connect(here));
    const heard: string[] = [];
    await cart.subscribe(
      orders,
      { group: 'example-half-rollback' },
      ours(({ orderId }) => void heard.push(orderId)),
    );

    const failing = v7();
    const half = await trading.producer.sendHalf(orders.placed, { orderId: failing });
    say(`1, 2  the half message is stored and acknowledged: ${half.messageId}`);
    const failure = await trading.localTransactions
      .decide(failing, async (tx) => {
        await insertOrder(tx, failing);
        throw new Error('the card is declined');
      })
      .catch((error: unknown) => error);
    expectThat('3     the local transaction fails', failure instanceof Error, failure);
    expect('4     the verdict "rollback"', await half.rollback(), 'sent');

    const good = v7();
    const next = await trading.producer.sendHalf(orders.placed, { orderId: good });
    await trading.localTransactions.decide(good, (tx) => insertOrder(tx, good));
    await next.commit();
    say('the next order goes through, so that there is something to wait for');
    await until('the cart system hears of it', () => heard.includes(good));
    expect('the cart system heard of the good one only', heard, [good]);
    const { rows } = await pool.query<{ order_id: string }>('select order_id from orders');
    expect(
      'so does the database',
      rows.map((row) => row.order_id),
      [good],
    );
  },
);
