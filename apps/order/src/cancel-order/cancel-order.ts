import { orderEvents } from '@halfway/contracts';
import { Producer } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import type { Order } from '../domain/order.js';
import { OrderContendedError, OrderNotCancellableError, OrderNotFoundError } from '../domain/order.errors.js';
import { outcomeOf } from '../domain/order-status.js';
import { OrderReader } from '../persistence/order.reader.js';
import { OrderRepository } from '../persistence/order.repository.js';
import { REACHED, type Reached } from '../tokens.js';

/** The order was open when we looked and is not any more. Never leaves this file. */
class RaceLostError extends Error {}

/** A lost race leaves the order final, so the second look answers. */
const LOOKS = 3;

/**
 * Also while PENDING: the cancellation may then reach the inventory before, while or after it reserves, and each of these ends
 * with nothing reserved (its tombstone sees to the first).
 */
@Injectable()
export class CancelOrder {
  constructor(
    private readonly orders: OrderRepository,
    private readonly reader: OrderReader,
    private readonly producer: Producer,
    @Inject(REACHED) private readonly reached?: Reached,
  ) {}

  async execute(orderId: string): Promise<Order> {
    for (let look = 1; look <= LOOKS; look++) {
      const order = await this.reader.find(orderId);
      if (!order) throw new OrderNotFoundError(orderId);
      const outcome = outcomeOf(order.status, 'customer.cancels');
      if (outcome === 'refused') throw new OrderNotCancellableError(orderId, order.status);
      if (outcome === 'stays') return order;
      await this.cancel(orderId);
    }
    throw new OrderContendedError(orderId);
  }

  private async cancel(orderId: string): Promise<void> {
    try {
      await this.producer.sendInTransaction(orderEvents.cancelled, { orderId, reason: 'CUSTOMER' }, async (tx) => {
        if (!(await this.orders.cancel(orderId, 'CUSTOMER', tx))) throw new RaceLostError();
        if (this.reached) await this.reached('cancel.after-update');
      });
    } catch (error) {
      if (!(error instanceof RaceLostError)) throw error;
    }
  }
}
