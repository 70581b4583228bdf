import { orderEvents } from '@halfway/contracts';
import { type LocalTransaction, Producer } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type Order, type OrderRequest, placeOrder } from '../domain/order.js';
import { IdempotencyKeyInFlightError } from '../domain/order.errors.js';
import { toOrderResponse } from '../order.response.js';
import { OrderRepository } from '../persistence/order.repository.js';
import { PAYMENT_WINDOW, REACHED, type Reached } from '../tokens.js';
import { requestHashOf } from './idempotency-key.js';
import { PaymentTimer } from './payment-timer.js';
import { answerOfTheOther, isKeyContention, type PlacedOrder, replay } from './placed-order.js';

/**
 * The flow "reserve-on-commit". Key, order, answer and event are one local transaction: either all of them exist or none. The look-up before it is only a
 * short cut; what makes a key unique is the insert, which waits for a transaction that holds the same key.
 */
@Injectable()
export class PlaceOrder {
  constructor(
    private readonly orders: OrderRepository,
    private readonly producer: Producer,
    private readonly timer: PaymentTimer,
    @Inject(PAYMENT_WINDOW) private readonly paymentWindowMs: number,
    @Inject(REACHED) private readonly reached?: Reached,
  ) {}

  async execute(key: string, request: OrderRequest): Promise<PlacedOrder> {
    const requestHash = requestHashOf(request);
    const skus = request.lines.map(({ sku }) => sku);
    if (this.reached) await this.reached('place.before-lookup');
    const { now, placed, prices } = await this.orders.groundwork(key, skus);
    if (this.reached) await this.reached('place.after-lookup');
    if (placed) return replay(placed, requestHash);

    const order = placeOrder(request, prices, {
      orderId: uuidv7(),
      createdAt: now,
      expiresAt: new Date(now.getTime() + this.paymentWindowMs),
    });
    const answer = JSON.stringify(toOrderResponse(order));
    const armed = this.timer.arm(order.orderId, this.paymentWindowMs);
    try {
      const work = async (tx: LocalTransaction): Promise<void> => {
        await armed;
        const inserted = await this.orders.insert(order, { key, requestHash, answer }, tx);
        if (!inserted) throw new IdempotencyKeyInFlightError();
      };
      // The order is new and nobody else's; the key may be wanted by a repetition, in another instance and in another order.
      await this.producer.sendInTransaction(orderEvents.placed, toOrderPlaced(order), work, { lockKey: key });
    } catch (error) {
      if (!isKeyContention(error)) throw error;
      return answerOfTheOther(this.orders, key, requestHash);
    }
    if (this.reached) await this.reached('place.before-answer');
    return { orderId: order.orderId, answer, replayed: false };
  }
}

/** Inventory needs to know how many of what; prices and customers are none of its business. */
function toOrderPlaced({ orderId, lines }: Order): { orderId: string; lines: { sku: string; quantity: number }[] } {
  return { orderId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
}
