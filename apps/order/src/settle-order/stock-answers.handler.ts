import { inventoryEvents, StockRefused, StockReleased, StockReserved, StockSold } from '@halfway/contracts';
import { type LocalTransaction, OnBatch } from '@halfway/mq';
import { Injectable } from '@nestjs/common';
import { SettleOrder } from './settle-order.js';

/** The inventory's answers. Handling one also retires the event it answers: the library sees to that in the same transaction. */
@Injectable()
export class StockAnswersHandler {
  constructor(private readonly settleOrder: SettleOrder) {}

  @OnBatch(inventoryEvents.reserved, { group: 'order' })
  offerPayment(events: readonly StockReserved[], tx: LocalTransaction): Promise<void> {
    return this.settleOrder.execute('stock.reserved', idsOf(events), tx);
  }

  @OnBatch(inventoryEvents.refused, { group: 'order' })
  reject(events: readonly StockRefused[], tx: LocalTransaction): Promise<void> {
    return this.settleOrder.execute('stock.refused', idsOf(events), tx);
  }

  @OnBatch(inventoryEvents.released, { group: 'order' })
  acceptRelease(events: readonly StockReleased[], tx: LocalTransaction): Promise<void> {
    return this.settleOrder.execute('stock.released', idsOf(events), tx);
  }

  @OnBatch(inventoryEvents.sold, { group: 'order' })
  acceptSale(events: readonly StockSold[], tx: LocalTransaction): Promise<void> {
    return this.settleOrder.execute('stock.sold', idsOf(events), tx);
  }
}

function idsOf(events: readonly { readonly orderId: string }[]): readonly string[] {
  return events.map(({ orderId }) => orderId);
}
