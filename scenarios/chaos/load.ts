import { setTimeout as pause } from 'node:timers/promises';
import type { OrderLine } from '../support/resources.js';
import type { Shop } from '../support/shop.js';
import { until } from '../support/until.js';
import { Customer, habits, type Habit, type Hears } from './customers.js';
import type { Random } from './random.js';

export interface LoadOptions {
  readonly shop: Shop;
  readonly random: Random;
  /** Default: a draw from 20 to 30. More come while a fault is waited for. */
  readonly orders?: number;
  /** The share of orders whose stock is deducted first; default 0.2. */
  readonly returnOnFailure?: number;
  /** Default {@link habits}. */
  readonly habits?: Readonly<Record<Habit, number>>;
}

const customersAtATime = 8;
/** A fault that has not happened after so many orders will not. */
const ordersAtMost = 200;
const happensWithinMs = 25_000;

/**
 * The customers of a cell: they come a few at a time, do what people do, and go on coming while a fault is waited for.
 * Nobody leaves before every question is answered.
 */
export class Load {
  readonly #options: LoadOptions;
  readonly #orders: number;
  readonly #problems: string[] = [];
  readonly #hurt = new Set<string>();
  readonly #healed: { readonly begunAt: number; readonly endedAt: number }[] = [];
  readonly #placed: string[] = [];
  #goods: readonly string[] = [];
  #scarce = '';
  readonly #here = new Set<Promise<void>>();
  #come = 0;
  #awaited = 0;

  /** For a customer who comes by himself. */
  readonly hears: Hears = {
    hurt: (about) => void this.#hurt.add(about),
    healed: (request) => void this.#healed.push(request),
  };

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#orders = options.orders ?? options.random.integer(20, 30);
  }

  /** Ids of orders that were placed and answered. */
  get placed(): readonly string[] {
    return this.#placed;
  }

  /** Orders and keys of which something was unknown for a while: whom the fault has hit. */
  get hurt(): readonly string[] {
    return [...this.#hurt];
  }

  /** When the last request that was under way at this moment, and hurt, had its answer. */
  healedAt(since: number): number {
    const met = this.#healed.filter(({ begunAt }) => begunAt <= since);
    return Math.max(since, ...met.map(({ endedAt }) => endedAt));
  }

  /** What no behaving service answers. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Two products that everybody wants, and one of which there is not enough. */
  async stock(): Promise<void> {
    const { shop } = this.#options;
    // Each attempt is another product: nothing of an attempt that got no answer is used.
    const offer = (name: string, pieces: number): Promise<string> =>
      until(`${name} is for sale`, () => shop.offer(name, { pieces }), Boolean);
    const [one, other, scarce] = await Promise.all([offer('tea', 100_000), offer('cup', 100_000), offer('rare', 3)]);
    this.#goods = [one, other];
    this.#scarce = scarce;
  }

  begin(): void {
    while (this.#here.size < customersAtATime && this.#wantsMore()) {
      const visit = this.#visit().finally(() => {
        this.#here.delete(visit);
        this.begin();
      });
      this.#here.add(visit);
    }
  }

  /** Customers come until it has happened. @throws NotInTimeError: what should have gone wrong did not. */
  async until(what: string, happened: () => boolean | Promise<boolean>, withinMs = happensWithinMs): Promise<void> {
    this.#awaited++;
    this.begin();
    try {
      await until(what, happened, Boolean, { withinMs, everyMs: 20 });
    } finally {
      this.#awaited--;
    }
  }

  /** Waits until the last one has left. */
  async finish(): Promise<void> {
    this.begin();
    while (this.#here.size > 0) await Promise.all(this.#here);
  }

  /** A line that can always be reserved. */
  common(): OrderLine {
    const { random } = this.#options;
    return { sku: random.pick(this.#goods), quantity: random.integer(1, 3) };
  }

  /** Lines for an order of one's own. */
  lines(): readonly OrderLine[] {
    const { random } = this.#options;
    const scarce = random.next() < 0.15 ? [this.#scarce] : [];
    const goods = random.next() < 0.5 ? [random.pick(this.#goods)] : this.#goods;
    return [...goods, ...scarce].map((sku) => ({ sku, quantity: random.integer(1, 3) }));
  }

  #wantsMore(): boolean {
    return this.#come < this.#orders || (this.#awaited > 0 && this.#come < ordersAtMost);
  }

  async #visit(): Promise<void> {
    if (++this.#come > this.#orders) await pause(this.#options.random.integer(100, 500)); // no haste while a fault is waited for
    const { shop, random, habits: chosen = habits, returnOnFailure = 0.2 } = this.#options;
    const customer = new Customer(shop, random, this.hears);
    try {
      const flow = random.next() < returnOnFailure ? 'return-on-failure' : 'reserve-on-commit';
      const { orderId } = await customer.comes(random.weighted(chosen), this.lines(), flow);
      this.#placed.push(orderId);
    } catch (error) {
      this.#problems.push(error instanceof Error ? error.message : String(error));
    }
  }
}
