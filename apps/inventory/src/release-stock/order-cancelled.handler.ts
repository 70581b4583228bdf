import { inventoryEvents, OrderCancelled, orderEvents } from '@halfway/contracts';
import { type LocalTransaction, OnBatch, reply, type Reply } from '@halfway/mq';
import { Injectable } from '@nestjs/common';
import { ReleaseStock } from './release-stock.js';

@Injectable()
export class OrderCancelledHandler {
  constructor(private readonly releaseStock: ReleaseStock) {}

  @OnBatch(orderEvents.cancelled, { group: 'inventory', upTo: 50 })
  async release(events: readonly OrderCancelled[], tx: LocalTransaction): Promise<readonly Reply[]> {
    const orderIds = events.map(({ orderId }) => orderId.toLowerCase());
    await this.releaseStock.execute(orderIds, tx);
    return orderIds.map((orderId) => reply(inventoryEvents.released, { orderId }));
  }
}
