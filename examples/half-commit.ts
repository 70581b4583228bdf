import { CheckBack, connect, LocalTransactions, message, transactionalTopic } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import { IsUUID } from 'class-validator';
import { v7 } from 'uuid';
import { example } from './support/example.js';
import { insertOrder, ordersTable, verdictOn } from './support/orders.js';

class OrderPlaced extends message('order.placed') {
  @IsUUID() readonly orderId: string;
}
const orders = transactionalTopic('example-half-commit', {
  events: { placed: OrderPlaced },
  key: ({ orderId }) => orderId,
});

/** Asked by the broker when it heard no verdict; here it hears one in time. */
@Injectable()
class OrderCheckBack {
  constructor(@Inject(LocalTransactions) private readonly transactions: LocalTransactions) {}

  @CheckBack(orders.placed)
  verdict({ orderId }: OrderPlaced) {
    return verdictOn(this.transactions, orderId);
  }
}

export const halfCommit = example(
  'half-commit',
  'half message, local transaction, commit: nobody sees the message before the second confirmation',
  async ({ here, say, expect, until, closing, ours, service, database }) => {
    const pool = await database(...ordersTable);
    const trading = await service({ source: here.source, publishes: [orders], pool, providers: [OrderCheckBack] });
    const cart = closing(await connect(here));
    const heard: string[] = [];
    await cart.subscribe(
      orders,
      { group: 'example-half-commit' },
      ours(({ orderId }) => void heard.push(orderId)),
    );

    const orderId = v7();
    const half = await trading.producer.sendHalf(orders.placed, { orderId });
    say(`1, 2  the half message is stored and acknowledged: ${half.messageId}`);

    const later = v7();
    const next = await trading.producer.sendHalf(orders.placed, { orderId: later });
    await trading.localTransactions.decide(later, (tx) => insertOrder(tx, later));
    await next.commit();
    say('a later order goes all the way meanwhile, so that there is something to wait for');
    await until('the cart system hears of the later order', () => heard.includes(later));
    expect('what the cart system has heard by now', heard, [later]);

    await trading.localTransactions.decide(orderId, (tx) => insertOrder(tx, orderId));
    say('3     the local transaction is committed: the order, and the decision row beside it');
    expect('4     the verdict "commit"', await half.commit(), 'sent');
    await until('the cart system hears of the order', () => heard.includes(orderId));
    const { rows } = await pool.query<{ status: string }>('select status from orders where order_id = $1', [orderId]);
    expect(
      'the order in the database',
      rows.map(({ status }) => status),
      ['PLACED'],
    );
    say('a message and a database transaction, both or neither, and no transaction that spans the two');
  },
);
