import { inventoryEvents, ReturnStock, stockReturns } from '@halfway/contracts';
import { type LocalTransaction, OnBatch, reply, type Reply } from '@halfway/mq';
import { Injectable } from '@nestjs/common';
import { ReleaseStock } from './release-stock.js';

/**
 * The order never came to be. What was deducted for it goes back once; if nothing was (yet), a tombstone refuses the deduction
 * that comes too late. A group of its own, because these messages are in no order.
 */
@Injectable()
export class ReturnStockHandler {
  constructor(private readonly releaseStock: ReleaseStock) {}

  @OnBatch(stockReturns.due, { group: 'inventory-return-stock', upTo: 50 })
  async giveBack(requests: readonly ReturnStock[], tx: LocalTransaction): Promise<readonly Reply[]> {
    const orderIds = requests.map(({ orderId }) => orderId.toLowerCase());
    await this.releaseStock.execute(orderIds, tx);
    return orderIds.map((orderId) => reply(inventoryEvents.returned, { orderId }));
  }
}
