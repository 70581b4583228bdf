import { On, OnBatch, reply, type LocalTransaction, Producer } from '@halfway/mq';
import { orderEvents, inventoryEvents, OrderPlaced, OrderPaid, orderTimeouts } from '@halfway/contracts';
export class H {
  constructor(private readonly p: Producer) {}
  @On(orderEvents.placed, { group: 'inventory' })
  async a(e: OrderPlaced, tx: LocalTransaction) { await tx.query('x'); return reply(inventoryEvents.reserved, { orderId: e.orderId }); }
  // @ts-expect-error wrong message
  @On(orderEvents.placed, { group: 'inventory' })
  async b(e: OrderPaid) { void e; }
  @OnBatch(orderEvents.placed, { group: 'inventory' })
  async c(e: readonly OrderPlaced[]) { return e.map((x) => reply(inventoryEvents.reserved, { orderId: x.orderId })); }
  async d() {
    // @ts-expect-error transactional
    await this.p.send(orderEvents.placed, { orderId: 'x', lines: [] });
    await this.p.sendInTransaction(orderEvents.placed, { orderId: 'x', lines: [] }, async () => 1);
    // @ts-expect-error not transactional
    await this.p.sendInTransaction(inventoryEvents.reserved, { orderId: 'x' }, async () => 1);
    await this.p.sendLater(orderTimeouts.expiring, { orderId: 'x' }, { afterMs: 1000 });
    // @ts-expect-error released is no transactional
    reply(orderEvents.placed, { orderId: 'x', lines: [] });
  }
}
