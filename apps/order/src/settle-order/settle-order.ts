import { type LocalTransaction, UnprocessableMessageError } from '@halfway/mq';
import { Injectable } from '@nestjs/common';
import { type OrderEvent, outcomeOf } from '../domain/order-status.js';
import { OrderRepository } from '../persistence/order.repository.js';

/** What the inventory can answer. */
export type StockAnswer = Extract<OrderEvent, `stock.${string}`>;

/**
 * Applies one kind of answer to many orders with one UPDATE. Orders that it does not move are read: a late answer, or one
 * delivered twice, is as it should be; one that no history explains goes to quarantine (the whole batch is undone then, and
 * the library tries each message alone).
 */
@Injectable()
export class SettleOrder {
  constructor(private readonly orders: OrderRepository) {}

  async execute(answer: StockAnswer, orderIds: readonly string[], tx: LocalTransaction): Promise<void> {
    const moved = await this.orders.settle(orderIds, answer, tx);
    if (moved === orderIds.length) return;
    const statuses = await this.orders.statuses(orderIds, tx);
    for (const orderId of orderIds) {
      const status = statuses.get(orderId);
      if (!status) throw new UnprocessableMessageError(`"${answer}" is about order ${orderId}, which does not exist.`);
      if (outcomeOf(status, answer) === 'impossible') {
        throw new UnprocessableMessageError(`"${answer}" cannot be true for order ${orderId}, which is ${status}.`);
      }
    }
  }
}
