import { setTimeout as pause } from 'node:timers/promises';
import { between, pick, randomOf, type Random } from '../support/random.js';
import type { Answer } from '../support/http.js';
import type { Order } from '../support/resources.js';
import { bodyOf, type Shop } from '../support/shop.js';
import { until } from '../support/until.js';

export interface Market {
  /** One for each instance of the order service. */
  readonly shops: readonly Shop[];
  readonly skus: readonly string[];
  readonly seed: number;
  readonly ratePerSecond: number;
}

/** A customer who gets no answer asks again, twice a second, for a minute; then he gives up. */
const patience = { withinMs: 60_000, everyMs: 500 } as const;
/** Customers at a time, in seconds of coming: without a bound, an outage would end as a stampede that measures itself. */
const openSeconds = 10;

type Wish = (shop: Shop, order: Order, random: Random) => Promise<string>;

/** What customers do with an order, one of these at random; the payment of some is reported twice, as providers do. */
const wishes: readonly Wish[] = [
  pays,
  pays,
  pays,
  pays,
  cancelsAtOnce,
  async (shop, order) => cancelsAtOnce(shop, await reserved(shop, order)),
  paysAndCancels,
  async (shop, order) => (await reserved(shop, order), 'left unpaid'),
];

/** People who order tea whatever happens, and some of whom change their minds. */
export class Customers {
  /** By how it went. */
  readonly #outcomes = new Map<string, number>();
  readonly #open = new Set<Promise<void>>();
  #turnedAway = 0;
  #come = 0;

  constructor(private readonly market: Market) {}

  get outcomes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#outcomes].toSorted(([, a], [, b]) => b - a));
  }

  /** Did not come in, because too many were waiting already. */
  get turnedAway(): number {
    return this.#turnedAway;
  }

  /** Lets them come until `signal`. */
  async come(signal: AbortSignal): Promise<void> {
    const { ratePerSecond } = this.market;
    const startedAt = performance.now();
    while (!signal.aborted) {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * ratePerSecond);
      for (; this.#come < due; this.#come++) {
        if (this.#open.size < openSeconds * ratePerSecond) this.#serve(this.#come);
        else this.#turnedAway += 1;
      }
      await pause(1000 / ratePerSecond);
    }
  }

  /** Until the last of them has gone. */
  async untilGone(): Promise<void> {
    await Promise.all(this.#open);
  }

  #serve(number: number): void {
    const visit = this.#visit(randomOf(this.market.seed + number)).then(
      (outcome) => this.#count(outcome),
      (error: unknown) => this.#count(`gave up (${error instanceof Error ? error.name : String(error)})`),
    );
    this.#open.add(visit);
    void visit.finally(() => this.#open.delete(visit));
  }

  async #visit(random: Random): Promise<string> {
    const { shops, skus } = this.market;
    const shop = pick(random, shops);
    const wish = pick(random, wishes);
    const lines = [...new Set([pick(random, skus), pick(random, skus)])].map((sku) => ({ sku, quantity: 1 }));
    return wish(shop, await shop.place({ lines, customerId: 'soak' }, patience), random);
  }

  #count(outcome: string): void {
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
  }
}

/** PENDING no more: reserved, or refused, or already cancelled because nobody paid in time. */
function reserved(shop: Shop, { orderId }: Order): Promise<Order> {
  const look = async () => bodyOf('order', await shop.order(orderId), 200);
  const slow = { withinMs: 120_000, everyMs: 1_000 };
  return until(`order ${orderId} is reserved`, look, ({ status }) => status !== 'PENDING', slow);
}

async function pays(shop: Shop, placed: Order, random: Random): Promise<string> {
  const { orderId, amountMinor, currency } = await reserved(shop, placed);
  const payment = { paymentId: `soak-${orderId}`, amountMinor, currency };
  const report = () => insist(() => shop.tryPay(orderId, payment));
  const [answer] = random() < 0.2 ? await Promise.all([report(), report()]) : [await report()];
  return answer?.body?.state === 'CAPTURED' ? 'paid' : 'paid too late';
}

async function cancelsAtOnce(shop: Shop, { orderId }: Order): Promise<string> {
  const { status } = await insist(() => shop.tryCancel(orderId));
  return status === 200 ? 'cancelled' : 'could not cancel';
}

async function paysAndCancels(shop: Shop, placed: Order, random: Random): Promise<string> {
  const order = await reserved(shop, placed);
  const cancelling = pause(between(random, 0, 50)).then(() => cancelsAtOnce(shop, order));
  const [paid, cancelled] = await Promise.all([pays(shop, order, random), cancelling]);
  return `raced: ${paid}, ${cancelled}`;
}

/** Asks until somebody decides; a refusal is a decision. */
const insist = <T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> =>
  until('the request is answered', ask, ({ status }) => status < 500, patience);
