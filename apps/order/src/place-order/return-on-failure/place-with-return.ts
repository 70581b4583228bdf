/**
 * The flow "return-on-failure": the stock is deducted by a call before the order exists, and a half message gives it back unless
 * the order comes to stand.
 *
 *   0  the intent, a row of ours, claims the key
 *   1  half message "return the stock of order X"                none: go on, the intent will do
 *   2  POST /reservations                                        reserved or refused, or no answer within 3 s
 *   3  BEGIN; decision row X; key, order, lines; the intent is KEPT; COMMIT
 *   4  committed → answer, then verdict rollback · not → decision X is ABORTED, verdict commit · in doubt → no verdict at all
 *
 * Whoever asks later (check-back, sweeper, a repeated request) asks for decision X, and makes it ABORTED when the attempt is dead.
 * So a slow step 3 dies on X, and a slow step 2 on the tombstone that the return leaves in the inventory.
 *
 * What brings the stock back when this process dies: the check-back, in seconds. What brings it back when the broker has lost the
 * half message too, or never had it: the intent and its sweeper (sweep-returns.ts). The half message makes it fast, the row sure.
 */
import { stockReturns } from '@halfway/contracts';
import { type Half, LocalTransactions, Producer } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type Order, type OrderRequest, placedWith, placeOrder } from '../../domain/order.js';
import { AttemptGivenUpError, IdempotencyKeyInFlightError } from '../../domain/order.errors.js';
import { toOrderResponse } from '../../order.response.js';
import { OrderRepository } from '../../persistence/order.repository.js';
import { ReturnIntentRepository } from '../../persistence/return-intent.repository.js';
import { LOGGER, type Logger, PAYMENT_WINDOW, REACHED, type Reached } from '../../tokens.js';
import { requestHashOf } from '../idempotency-key.js';
import { PaymentTimer } from '../payment-timer.js';
import { answerOfTheOther, isKeyContention, type PlacedOrder, replay } from '../placed-order.js';
import { InventoryClient } from './inventory-client.js';
import { RETURN_TIMINGS, type ReturnTimings } from './return-timings.js';

/** Callers wait for about 10 s: an attempt that is older has nobody who waits for it, and a repetition may take its key. */
const GIVEN_UP_AFTER_MS = 10_000;

/** What identifies the request, beside the order it places. */
interface Attempt {
  readonly order: Order;
  readonly key: string;
  readonly requestHash: string;
  /** Undefined when the broker did not take it; the sweeper returns the stock then. */
  readonly half: Half | undefined;
}

@Injectable()
export class PlaceWithReturn {
  constructor(
    private readonly orders: OrderRepository,
    private readonly intents: ReturnIntentRepository,
    private readonly inventory: InventoryClient,
    private readonly transactions: LocalTransactions,
    private readonly producer: Producer,
    private readonly timer: PaymentTimer,
    @Inject(PAYMENT_WINDOW) private readonly paymentWindowMs: number,
    @Inject(RETURN_TIMINGS) private readonly timings: ReturnTimings,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(REACHED) private readonly reached?: Reached,
  ) {}

  async execute(key: string, request: OrderRequest): Promise<PlacedOrder> {
    const requestHash = requestHashOf(request);
    const skus = request.lines.map(({ sku }) => sku);
    const { now, placed, prices } = await this.orders.groundwork(key, skus);
    if (placed) return replay(placed, requestHash);

    const order = placeOrder(request, prices, {
      orderId: uuidv7(),
      createdAt: now,
      expiresAt: new Date(now.getTime() + this.paymentWindowMs),
    });
    if (!(await this.claim(order.orderId, key))) return answerOfTheOther(this.orders, key, requestHash);
    if (this.reached) await this.reached('compensate.after-intent');
    const half = await this.sendHalf(order.orderId);
    if (this.reached) await this.reached('compensate.after-half');
    return this.place({ order, key, requestHash, half });
  }

  private async place(attempt: Attempt): Promise<PlacedOrder> {
    const { order, key, requestHash, half } = attempt;
    try {
      const armed = this.timer.arm(order.orderId, this.paymentWindowMs);
      const answer = await this.deductAndStore(attempt, armed);
      if (this.reached) await this.reached('compensate.before-verdict');
      void half?.rollback();
      return { orderId: order.orderId, answer, replayed: false };
    } catch (error) {
      const stands = !(await this.undo(attempt, error));
      if (stands || isKeyContention(error)) return await answerOfTheOther(this.orders, key, requestHash);
      throw error;
    }
  }

  private async deductAndStore({ order, key, requestHash }: Attempt, armed: Promise<void>): Promise<string> {
    const { orderId, lines } = order;
    const deduction = await this.inventory.reserve(orderId, lines);
    if (deduction === 'returned') throw new AttemptGivenUpError(orderId);
    this.logger.debug({ orderId, deduction }, 'stock asked for');
    if (this.reached) await this.reached('compensate.after-deduction');
    const standing = placedWith(order, deduction);
    const answer = JSON.stringify(toOrderResponse(standing));
    await armed;
    await this.transactions.decide(orderId, async (tx) => {
      if (!(await this.orders.insert(standing, { key, requestHash, answer }, tx)))
        throw new IdempotencyKeyInFlightError();
      if (!(await this.intents.keep(orderId, tx))) throw new AttemptGivenUpError(orderId);
      if (this.reached) await this.reached('compensate.before-commit');
    });
    if (this.reached) await this.reached('compensate.after-commit');
    return answer;
  }

  /**
   * Makes sure that the order will never stand, then has its stock returned. The decision comes first: a verdict without it would
   * be a guess about our own COMMIT.
   * @returns false when the order stands after all.
   */
  private async undo({ order: { orderId }, half }: Attempt, error: unknown): Promise<boolean> {
    const decision = await this.transactions.abort(orderId);
    this.logger.debug({ orderId, decision, err: error }, 'order not placed');
    if (decision === 'COMMITTED') {
      void half?.rollback();
      return false;
    }
    // Unknown: no verdict. The check-back or the sweeper finds out, as after a crash.
    if (decision === 'unknown') return true;
    if (this.reached) await this.reached('compensate.before-verdict');
    void half?.commit();
    await this.giveUp(orderId, half ? this.timings.resendAfterMs : 0);
    return true;
  }

  /** Its failure is no reason to hide the first one: the key comes free by time, and the intent is due by itself. */
  private async giveUp(orderId: string, dueAfterMs: number): Promise<void> {
    try {
      await this.intents.giveUp(orderId, dueAfterMs);
    } catch (err) {
      this.logger.warn({ orderId, err }, 'return intent not updated, it is swept later');
    }
  }

  /** @returns false when another attempt holds the key, and is not dead. */
  private async claim(orderId: string, key: string): Promise<boolean> {
    const { resendAfterMs } = this.timings;
    if (await this.intents.open(orderId, key, resendAfterMs)) return true;
    const other = await this.intents.holder(key, GIVEN_UP_AFTER_MS);
    if (other === undefined || (await this.transactions.abort(other)) !== 'ABORTED') return false;
    await this.intents.giveUp(other, 0);
    return this.intents.open(orderId, key, resendAfterMs);
  }

  /** Without it the intent alone brings the stock back, so a broker that is away stops nobody. */
  private async sendHalf(orderId: string): Promise<Half | undefined> {
    try {
      return await this.producer.sendHalf(stockReturns.due, { orderId });
    } catch (err) {
      this.logger.debug({ orderId, err }, 'no half message, the intent must do');
      return undefined;
    }
  }
}
