import { backOff } from './failure.js';

/**
 * Finds out which keys are parked before their messages may enter the lanes.
 *
 * The trade: one indexed read for all messages of a receive, outside of any transaction, instead of one inside each local
 * transaction; it costs their latency one round trip and is shared by up to 32. It is right across processes because a
 * message is parked before it is acknowledged, and the broker holds the later messages of its key back until then: whoever
 * receives one of those reads a table that already has the row. What this very process parks while a look-up is under way
 * is added with `parked`, and what waits in the lane behind a message that gets parked is moved by the lane's owner.
 */
export class Admission<T extends { readonly key: string }> {
  #waiting: T[] = [];
  #looking: readonly T[] = [];
  #parkedMeanwhile = new Set<string>();
  #pause?: NodeJS.Timeout;
  #failures = 0;
  #busy = false;
  #stopped = false;

  constructor(
    private readonly lookUp: (keys: readonly string[]) => Promise<ReadonlySet<string>>,
    private readonly admit: (item: T, parked: boolean) => void,
    private readonly failed: (error: unknown, retryAfterMs: number) => void,
  ) {}

  add(item: T): void {
    this.#waiting.push(item);
    if (this.#busy || this.#stopped) return;
    this.#busy = true;
    // In a microtask: a receive hands over its messages one by one, in one go.
    queueMicrotask(() => void this.#look());
  }

  /** This process parked the key just now. */
  parked(key: string): void {
    if (this.#looking.length > 0) this.#parkedMeanwhile.add(key);
  }

  /** Admits nothing more; returns what waits. */
  stop(): readonly T[] {
    this.#stopped = true;
    clearTimeout(this.#pause);
    const left = [...this.#looking, ...this.#waiting];
    this.#looking = [];
    this.#waiting = [];
    return left;
  }

  async #look(): Promise<void> {
    this.#looking = this.#waiting;
    this.#waiting = [];
    try {
      const parked = await this.lookUp([...new Set(this.#looking.map((item) => item.key))]);
      this.#failures = 0;
      for (const item of this.#looking) this.admit(item, parked.has(item.key) || this.#parkedMeanwhile.has(item.key));
      this.#looking = [];
      this.#parkedMeanwhile.clear();
    } catch (error) {
      // The database is away: nothing could be handled either. The messages stay held, in their order.
      if (this.#stopped) return;
      this.#waiting = [...this.#looking, ...this.#waiting];
      this.#looking = [];
      this.#parkedMeanwhile.clear();
      const pauseMs = backOff(++this.#failures, 100, 2_000);
      this.failed(error, pauseMs);
      this.#pause = setTimeout(() => void this.#look(), pauseMs);
      return;
    }
    if (this.#waiting.length > 0 && !this.#stopped) void this.#look();
    else this.#busy = false;
  }
}
