export interface WriteBehindOptions<T> {
  /** @returns false when the batch cannot be written now and may be later; throws when it never can. */
  readonly write: (batch: readonly T[]) => Promise<boolean>;
  /** So many were not kept. */
  readonly dropped: (count: number, why?: unknown) => void;
  /** Kept while they wait; more are dropped. */
  readonly atMost: number;
}

/** One statement; what queues up meanwhile goes with the next. */
const BATCH = 1_000;
/** A quiet system writes at once; a busy one so often, because a statement costs more than what is in it. */
const EVERY_MS = 100;
const AWAY_MS = 1_000;

/**
 *   add ──▶ queue ──one batch at a time──▶ written
 *             │ full         │ away: kept, tried again
 *             ▼              │ refused
 *          dropped ◀─────────┘
 *
 * Nobody who adds ever waits, and nothing here ever throws at them: what is written behind may be lost, and is counted then.
 */
export class WriteBehind<T> {
  readonly #queue: T[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #nextAtMs = 0;
  #stopped = false;

  constructor(private readonly options: WriteBehindOptions<T>) {}

  add(item: T): void {
    const { atMost, dropped } = this.options;
    if (this.#stopped || this.#queue.length >= atMost) return dropped(1);
    this.#queue.push(item);
    this.#wake();
  }

  /** Writes what is left, one try; what cannot be written is dropped. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#writing;
    while (this.#queue.length > 0) if (!(await this.#write())) break;
    if (this.#queue.length > 0) this.options.dropped(this.#queue.splice(0).length);
  }

  #wake(): void {
    if (this.#timer || this.#writing || this.#stopped || this.#queue.length === 0) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#writing = this.#round();
      },
      Math.max(0, this.#nextAtMs - performance.now()),
    );
    // A stop writes what is left; a process that ends by itself is not kept for it.
    this.#timer.unref();
  }

  async #round(): Promise<void> {
    const beganAtMs = performance.now();
    const written = await this.#write();
    this.#nextAtMs = written ? beganAtMs + EVERY_MS : performance.now() + AWAY_MS;
    this.#writing = undefined;
    this.#wake();
  }

  /** @returns false when it has to wait. Never rejects. */
  async #write(): Promise<boolean> {
    const batch = this.#queue.slice(0, BATCH);
    let written = true;
    try {
      written = await this.options.write(batch);
    } catch (error) {
      this.options.dropped(batch.length, error);
    }
    // Only now, so that what is on its way counts against the bound.
    if (written) this.#queue.splice(0, batch.length);
    return written;
  }
}
