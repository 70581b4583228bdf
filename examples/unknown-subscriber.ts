import { message, On, orderedTopic, tag, type Delivery, type LocalTransaction } from '@halfway/mq';
import { Injectable } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { randomUUID } from 'node:crypto';
import { example } from './support/example.js';

// ---- trading, the core system: it places orders, and knows nobody who listens ----

class OrderPlaced extends message('order.placed') {
  @IsUUID() readonly orderId: string;
  @IsUUID() readonly customerId: string;
}
class OrderCancelled extends message('order.cancelled') {
  @IsUUID() readonly orderId: string;
}
/** A topic of its own, because exactly one service may publish a transactional topic, and `order-events` has one. */
const orders = orderedTopic('example-orders', {
  events: { placed: OrderPlaced, cancelled: OrderCancelled },
  key: ({ orderId }) => orderId,
  transactional: true,
});
const tradingTables = [
  'create table orders (order_id uuid primary key)',
  'grant select, insert on orders to halfway_app',
];

// ---- cart, somebody else's service: all it needs is the topic, and a group of its own ----

const cartTables = [
  'create table cart (customer_id uuid primary key, items int not null, cleared int not null default 0)',
  'grant select, insert, update on cart to halfway_app',
];

/** How often the event came, for this example to look at. */
const deliveries = new Map<string, number>();

@Injectable()
class CartFollowsOrders {
  @On(orders.placed, { group: 'example-cart', filter: tag('order.placed') })
  async clear({ orderId, customerId }: OrderPlaced, tx: LocalTransaction, delivery: Delivery): Promise<void> {
    deliveries.set(orderId, (deliveries.get(orderId) ?? 0) + 1);
    // No natural key: clearing is not idempotent, because the customer may have filled the cart again.
    if (!(await tx.firstTime(delivery))) return;
    await tx.query('update cart set items = 0, cleared = cleared + 1 where customer_id = $1', [customerId]);
  }
}

export const unknownSubscriber = example(
  'unknown-subscriber',
  'a cart service that trading does not know follows the order topic and clears the cart, exactly once',
  async ({ here, say, expect, expectThat, until, service, database }) => {
    const cartPool = await database(...cartTables);
    const tradingPool = await database(...tradingTables);
    // Consumers before producers: a group that subscribes later may miss what was sent before.
    await service({ source: 'cart', publishes: [], pool: cartPool, providers: [CartFollowsOrders] });
    // Sent again soon when nobody answers it: here nobody does, so that the cart hears of the order more than once.
    const timings = { resendAfterMs: 2_000, resendAtMostMs: 4_000 };
    const trading = await service({
      source: here.source,
      publishes: [orders],
      pool: tradingPool,
      timings,
      providers: [],
    });

    const [customerId, orderId] = [randomUUID(), randomUUID()];
    await cartPool.query('insert into cart (customer_id, items) values ($1, 3)', [customerId]);
    const cart = async () =>
      (
        await cartPool.query<{ items: number; cleared: number }>(
          'select items, cleared from cart where customer_id = $1',
          [customerId],
        )
      ).rows[0];
    expect('the cart before the order', await cart(), { items: 3, cleared: 0 });

    await trading.producer.sendInTransaction(orders.placed, { orderId, customerId }, (tx) =>
      tx.query('insert into orders (order_id) values ($1)', [orderId]),
    );
    say('trading has committed the order; it sent nothing to the cart, it published what happened');
    await until('the cart is cleared', async () => (await cart())?.cleared === 1);
    expect('the cart after the order', await cart(), { items: 0, cleared: 1 });

    await cartPool.query('update cart set items = 2 where customer_id = $1', [customerId]);
    say('the customer fills the cart again, and meanwhile the event comes a second time');
    await until('the event has come twice', () => (deliveries.get(orderId) ?? 0) >= 2, 40_000);
    expectThat(
      'deliveries, because an event comes at least once',
      (deliveries.get(orderId) ?? 0) >= 2,
      deliveries.get(orderId),
    );
    expect('the cart is still as the customer filled it: the inbox remembers', await cart(), { items: 2, cleared: 1 });
    say(
      'should the cart service fail for good, its own quarantine has the event: the order stands, nothing is rolled back for it',
    );
  },
);
