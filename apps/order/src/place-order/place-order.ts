import { orderEvents } from '@halfway/contracts';
import { Producer } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type Order, type OrderRequest, placeOrder } from '../domain/order.js';
import { IdempotencyKeyInFlightError, IdempotencyKeyReusedError } from '../domain/order.errors.js';
import { toOrderResponse } from '../order.response.js';
import { type Groundwork, OrderRepository } from '../persistence/order.repository.js';
import { PAYMENT_WINDOW, REACHED, type Reached } from '../tokens.js';
import { requestHashOf } from './idempotency-key.js';
import { PaymentTimer } from './payment-timer.js';

export interface PlacedOrder {
  readonly orderId: string;
  /** The body of the answer, word for word the same for every repetition. */
  readonly answer: string;
  readonly replayed: boolean;
}

/** PostgreSQL's lock_timeout: somebody has held the key for longer than we wait. */
const LOCK_TIMEOUT = '55P03';

/**
 * Key, order, answer and event are one local transaction: either all of them exist or none. The look-up before it is only a
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
      await this.producer.sendInTransaction(orderEvents.placed, toOrderPlaced(order), async (tx) => {
        await armed;
        const inserted = await this.orders.insert(order, { key, requestHash, answer }, tx);
        if (!inserted) throw new IdempotencyKeyInFlightError();
      });
    } catch (error) {
      if (!isKeyContention(error)) throw error;
      return this.answerOfTheOther(key, requestHash);
    }
    if (this.reached) await this.reached('place.before-answer');
    return { orderId: order.orderId, answer, replayed: false };
  }

  /** The request that holds the key has usually committed by now; if it has not, the caller is to come again. */
  private async answerOfTheOther(key: string, requestHash: string): Promise<PlacedOrder> {
    const { placed } = await this.orders.groundwork(key, []);
    if (!placed) throw new IdempotencyKeyInFlightError();
    return replay(placed, requestHash);
  }
}

function replay(placed: NonNullable<Groundwork['placed']>, requestHash: string): PlacedOrder {
  if (placed.requestHash !== requestHash) throw new IdempotencyKeyReusedError();
  return { orderId: placed.orderId, answer: placed.answer, replayed: true };
}

function isKeyContention(error: unknown): boolean {
  if (error instanceof IdempotencyKeyInFlightError) return true;
  return error instanceof Error && 'code' in error && error.code === LOCK_TIMEOUT;
}

/** Inventory needs to know how many of what; prices and customers are none of its business. */
function toOrderPlaced({ orderId, lines }: Order): { orderId: string; lines: { sku: string; quantity: number }[] } {
  return { orderId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
}
