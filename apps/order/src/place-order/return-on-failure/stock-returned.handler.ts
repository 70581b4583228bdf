import { inventoryEvents, StockReturned } from '@halfway/contracts';
import { type LocalTransaction, OnBatch, UnprocessableMessageError } from '@halfway/mq';
import { Injectable } from '@nestjs/common';
import { ReturnIntentRepository } from '../../persistence/return-intent.repository.js';

/** The inventory holds nothing for these attempts: their intents are done, and nobody asks again. */
@Injectable()
export class StockReturnedHandler {
  constructor(private readonly intents: ReturnIntentRepository) {}

  @OnBatch(inventoryEvents.returned, { group: 'order' })
  async close(events: readonly StockReturned[], tx: LocalTransaction): Promise<void> {
    const orderIds = events.map(({ orderId }) => orderId);
    const closed = await this.intents.returned(orderIds, tx);
    if (closed === orderIds.length) return;
    const states = await this.intents.states(orderIds, tx);
    for (const orderId of orderIds) {
      const state = states.get(orderId);
      if (state === 'RETURNED') continue;
      // The order stands, or there never was an attempt: its stock must not go back.
      throw new UnprocessableMessageError(
        `Stock of order ${orderId} was returned, whose intent is ${state ?? 'missing'}.`,
      );
    }
  }
}
