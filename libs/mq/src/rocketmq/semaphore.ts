/** Gives a permit back; a second call does nothing. */
export type Release = () => void;

/** Counting semaphore, first come first served. A wait may be bounded, so that a queue of callers cannot grow for ever. */
export class Semaphore {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(permits: number) {
    this.#free = permits;
  }

  /** Callers that wait for a permit now. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** @returns undefined when no permit came free within `waitMs` milliseconds. Without it, waits as long as it takes. */
  async acquire(waitMs?: number): Promise<Release | undefined> {
    if (this.#free > 0) {
      this.#free--;
      return this.#permit();
    }
    const got = await new Promise<boolean>((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const go = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      this.#waiting.add(go);
      if (waitMs !== undefined) {
        timer = setTimeout(() => {
          this.#waiting.delete(go);
          resolve(false);
        }, waitMs);
      }
    });
    return got ? this.#permit() : undefined;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.acquire();
    try {
      return await work();
    } finally {
      release?.();
    }
  }

  #permit(): Release {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      // Handed over instead of freed: a newcomer must not overtake who waits.
      const [next] = this.#waiting;
      if (!next) {
        this.#free++;
        return;
      }
      this.#waiting.delete(next);
      next();
    };
  }
}
