import { BrokerUnavailableError } from '../mq.errors.js';
import { Semaphore, type Release } from './semaphore.js';

/** A permit comes back after this even if nobody ever gave a verdict: a caller that broke must not eat the limit up. */
const HELD_AT_MOST_MS = 30_000;

/**
 * Bounds the half messages whose verdict is not sent. 1,800 at once with client time-outs left 7,100 dangling halves, whose
 * check-backs re-appended faster than they were answered: a limit here costs nothing as long as commits take milliseconds.
 */
export class HalfPermits {
  readonly #gate: Semaphore;
  readonly #waitMs: number;
  readonly #held = new Set<Release>();

  constructor(permits: number, waitMs: number) {
    this.#gate = new Semaphore(permits);
    this.#waitMs = waitMs;
  }

  /** @throws BrokerUnavailableError when no permit came free within the wait: the broker does not keep up. */
  async take(topic: string): Promise<Release> {
    const permit = await this.#gate.acquire(this.#waitMs);
    if (!permit) {
      const cause = new Error(
        `too many half messages wait for their verdict, ${this.#gate.waiting} callers for a permit`,
      );
      throw new BrokerUnavailableError(`the half message for topic "${topic}"`, cause);
    }
    const release = (): void => {
      clearTimeout(timer);
      this.#held.delete(release);
      permit();
    };
    // unref: an abandoned permit is no reason to keep the process alive.
    const timer = setTimeout(release, HELD_AT_MOST_MS).unref();
    this.#held.add(release);
    return release;
  }

  /** At a stop: no timer may be left. */
  releaseAll(): void {
    for (const release of this.#held) release();
  }
}
