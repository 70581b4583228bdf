import type { Placement } from '../audit/judge.js';
import type { Answer } from '../support/http.js';
import type { Order, Payment } from '../support/resources.js';
import { convict, type Violation } from './convict.js';
import { answered, unanswered } from './observe.js';
import type { Operation, Request } from './operation.js';
import { condense } from './witnesses.js';

/** Never goes back, and finer than a millisecond. */
const now = (): number => performance.timeOrigin + performance.now();

const spareOperations = 20_000;

/**
 * What clients asked for and were told, each request with its outcome. The judge is `checkHistory`.
 * Memory is bounded by the orders, not by the requests: when many have come together, they are judged, and of each order only
 * those are kept against which anything later can be held. Nothing that would convict is lost (see `condense`).
 */
export class ClientHistory {
  #ended: Operation[] = [];
  readonly #open = new Set<Operation>();
  #recorded = 0;
  #convictions: readonly Violation[] = [];
  #condenseAt: number;

  constructor(private readonly spare = spareOperations) {
    this.#condenseAt = spare;
  }

  /** Sends a request and remembers it, however it ends; the answer and the error are the caller's as before. */
  async record<A extends Answer<Order> | Answer<Payment>>(request: Request, send: () => Promise<A>): Promise<A> {
    const open: Operation = { ...request, invokedAt: now(), endedAt: Infinity, outcome: 'unknown' };
    this.#open.add(open);
    try {
      const answer = await send();
      this.#end(open, answered(answer));
      return answer;
    } catch (error) {
      this.#end(open, unanswered(error));
      throw error;
    }
  }

  /** Those under way included: they may have had their effect already. */
  get operations(): readonly Operation[] {
    return [...this.#ended, ...this.#open];
  }

  /** Found when operations were condensed; `checkHistory` reports them too. */
  get convictions(): readonly Violation[] {
    return this.#convictions;
  }

  /** Requests so far. */
  get size(): number {
    return this.#recorded;
  }

  /** Every order id that a client was given, with its key: the auditor looks for them (X4). */
  get placements(): readonly Placement[] {
    return this.#ended.flatMap(({ kind, outcome, key, orderId }) =>
      kind === 'place' && outcome === 'ok' && key !== undefined && orderId !== undefined ? [{ key, orderId }] : [],
    );
  }

  /** What was answered last. */
  get latest(): Operation | undefined {
    return this.#ended.at(-1);
  }

  #end(open: Operation, { orderId = open.orderId, ...result }: ReturnType<typeof answered>): void {
    this.#open.delete(open);
    this.#ended.push({ ...open, ...result, orderId, endedAt: now() });
    this.#recorded += 1;
    if (this.#ended.length >= this.#condenseAt) this.#condense();
  }

  #condense(): void {
    this.#convictions = convict(this.operations, this.#convictions);
    this.#ended = [...condense(this.#ended, this.#open)];
    this.#condenseAt = 2 * this.#ended.length + this.spare;
  }
}
