import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { NoAnswerError, type Answer } from '../support/http.js';
import type { Order, OrderLine } from '../support/resources.js';
import type { PlaceOrder, Shop } from '../support/shop.js';
import { until } from '../support/until.js';
import type { Random } from './random.js';

/** What a customer does with an order. */
export const habits = {
  pays: 5,
  'pays twice': 1,
  'cancels at once': 1,
  'cancels when reserved': 2,
  'cancels and pays': 1,
  'pays late': 0,
  'pays in the last moment': 0,
  'orders twice with one key': 1,
  leaves: 2,
} as const;
export type Habit = keyof typeof habits;

/** A server of the stack takes 90 s at most to start again on a busy machine, and healing 30 s. */
const insistWithinMs = 150_000;

/** What becomes of a request whose outcome was unknown for a while. */
export interface Hears {
  /** @param about its order, or the key it was placed with */
  readonly hurt: (about: string) => void;
  readonly healed: (request: { readonly begunAt: number; readonly endedAt: number }) => void;
}

/**
 * A customer who behaves: no answer, and any answer of 500 and more, means "unknown" and is asked again with the same key or
 * id; an answer that names a time to come back is come back to.
 */
export class Customer {
  constructor(
    private readonly shop: Shop,
    private readonly random: Random,
    private readonly tell: Hears,
  ) {}

  async comes(habit: Habit, lines: readonly OrderLine[], flow?: PlaceOrder['flow']): Promise<Order> {
    const key = `key-${randomUUID()}`;
    const place = () =>
      this.insists(`order ${key} is answered`, key, () => this.shop.tryPlace({ key, lines, flow }), [201]);
    const [order] = await Promise.all(habit === 'orders twice with one key' ? [place(), place()] : [place()]);
    if (order === undefined) throw new Error(`Order ${key} was answered with nothing.`);
    if (habit === 'cancels at once') return this.cancels(order);
    const settled = await this.sees(order.orderId, ({ status }) => status !== 'PENDING');
    if (settled.status !== 'AWAITING_PAYMENT') return settled;
    switch (habit) {
      case 'pays':
        return this.pays(settled);
      case 'pays twice':
        return this.pays(settled, 2);
      case 'cancels when reserved':
        return this.cancels(settled);
      case 'cancels and pays':
        await Promise.all([this.pays(settled), this.cancels(settled)]);
        return settled;
      case 'pays late':
        await this.cancels(settled);
        return this.pays(settled);
      case 'pays in the last moment':
        await pause(Math.max(0, Date.parse(settled.expiresAt) - Date.now() + this.random.integer(-400, 400)));
        return this.pays(settled);
      case 'orders twice with one key':
      case 'leaves':
        return settled;
      default:
        return habit satisfies never;
    }
  }

  async pays(order: Order, times = 1): Promise<Order> {
    const { orderId, amountMinor, currency } = order;
    const payment = { paymentId: `payment-${randomUUID()}`, amountMinor, currency };
    for (let time = 1; time <= times; time++) {
      await this.insists(`payment of ${orderId}`, orderId, () => this.shop.tryPay(orderId, payment), [200, 201]);
    }
    return order;
  }

  /** 409: it was paid or refused in time. */
  async cancels(order: Order): Promise<Order> {
    const { orderId } = order;
    await this.insists(`cancellation of ${orderId}`, orderId, () => this.shop.tryCancel(orderId), [200, 409]);
    return order;
  }

  async sees(orderId: string, holds: (order: Order) => boolean): Promise<Order> {
    const seen = await until(
      `order ${orderId} is looked at and settled`,
      async () => this.insists(`order ${orderId}`, orderId, () => this.shop.order(orderId), [200]),
      (order) => order !== undefined && holds(order),
      { withinMs: insistWithinMs, everyMs: this.random.integer(20, 60) },
    );
    if (seen === undefined) throw new Error(`Order ${orderId} was answered with nothing.`);
    return seen;
  }

  /** @throws UnexpectedStatusError for an answer that no behaving service gives. */
  private async insists<T>(
    what: string,
    about: string,
    attempt: () => Promise<Answer<T>>,
    statuses: readonly number[],
  ): Promise<T | undefined> {
    const begunAt = Date.now();
    let isHurt = false;
    const hurt = (): void => {
      isHurt = true;
      this.tell.hurt(about);
    };
    const answer = await until(
      what,
      () =>
        attempt().then(
          (given) => {
            if (given.status >= 500) hurt();
            return given;
          },
          (error: unknown) => {
            if (error instanceof NoAnswerError) hurt();
            throw error;
          },
        ),
      ({ status, headers }) => status < 500 && !(status === 409 && headers['retry-after'] !== undefined),
      { withinMs: insistWithinMs, everyMs: 60 },
    );
    if (isHurt) this.tell.healed({ begunAt, endedAt: Date.now() });
    if (!statuses.includes(answer.status)) throw new UnexpectedStatusError(what, statuses, answer);
    return answer.body;
  }
}

export class UnexpectedStatusError extends Error {
  override readonly name = 'UnexpectedStatusError';
  constructor(what: string, expected: readonly number[], { status, problem }: Answer<unknown>) {
    super(`${what}: expected ${expected.join(' or ')}, got ${status} ${problem ? JSON.stringify(problem) : ''}`);
  }
}
