import { inventoryEvents, orderEvents, OrderPaid } from '@halfway/contracts';
import { type LocalTransaction, OnBatch, reply, type Reply } from '@halfway/mq';
import { Injectable } from '@nestjs/common';
import { SellStock } from './sell-stock.js';

@Injectable()
export class OrderPaidHandler {
  constructor(private readonly sellStock: SellStock) {}

  @OnBatch(orderEvents.paid, { group: 'inventory', upTo: 50 })
  async sell(events: readonly OrderPaid[], tx: LocalTransaction): Promise<readonly Reply[]> {
    const orderIds = events.map(({ orderId }) => orderId.toLowerCase());
    await this.sellStock.execute(orderIds, tx);
    return orderIds.map((orderId) => reply(inventoryEvents.sold, { orderId }));
  }
}
