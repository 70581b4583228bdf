import { randomUUID } from 'node:crypto';
import type { ClientHistory } from '../history/client-history.js';
import type { Flow } from '../support/flow.js';
import { HttpClient, NoAnswerError } from '../support/http.js';
import type { Order, OrderLine } from '../support/resources.js';

/** An accepted order and its client's times, milliseconds since the epoch. */
export interface Placed {
  readonly orderId: string;
  /** When it was to be sent; a client that is late must not hide a wait. */
  readonly scheduledAt: number;
  readonly answeredAt: number;
}

/** Wall clock with the resolution of the monotonic one: comparable with the database's, and finer than a millisecond. */
export const now = (): number => performance.timeOrigin + performance.now();

/** Places orders over HTTP as fast as it is asked to, and remembers what it was told. */
export class Placer {
  readonly placed: Placed[] = [];
  /** By what went wrong. */
  readonly failures = new Map<string, number>();
  #next = 0;
  #begun = 0;
  #milestone: { readonly order: number; readonly act: () => void } | undefined;

  constructor(
    private readonly client: HttpClient,
    private readonly history: ClientHistory,
    private readonly skus: readonly string[],
    private readonly shape: { readonly lines: number; readonly hot: boolean; readonly flow: Flow },
  ) {}

  /** How often, whatever the answer was. */
  get asked(): number {
    return [...this.failures.values()].reduce((sum, times) => sum + times, this.placed.length);
  }

  /** Once, with others under way: when so many orders have been begun. */
  at(order: number, act: () => void): void {
    this.#milestone = { order, act };
  }

  async place(scheduledAt: number): Promise<void> {
    this.#begun += 1;
    if (this.#begun === this.#milestone?.order) this.#milestone.act();
    const key = randomUUID();
    const body = { customerId: 'load', lines: this.#lines(), flow: this.shape.flow };
    try {
      const request = { method: 'POST', path: '/orders', body, headers: { 'idempotency-key': key } } as const;
      const answer = await this.history.record({ client: 'load', kind: 'place', key }, () =>
        this.client.send<Order>(request),
      );
      if (answer.body) this.placed.push({ orderId: answer.body.orderId, scheduledAt, answeredAt: now() });
      else this.#fail(`${answer.status} ${answer.problem?.code ?? ''}`.trim());
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      this.#fail(error.code);
    }
  }

  #fail(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1);
  }

  /** Round and round, so that two runs with the same arguments ask for the same. The first product is the hot one. */
  #lines(): readonly OrderLine[] {
    const { lines, hot } = this.shape;
    const first = this.#next;
    this.#next += lines;
    const skus = Array.from({ length: lines }, (_, index) => this.skus[(first + index) % this.skus.length] ?? '');
    const [hottest = ''] = this.skus;
    const wanted = hot && !skus.includes(hottest) ? [hottest, ...skus.slice(1)] : skus;
    return wanted.map((sku) => ({ sku, quantity: 1 }));
  }
}
