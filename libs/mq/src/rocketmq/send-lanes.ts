/**
 * One at a time per key, in the order of the calls; different keys at the same time. The broker keeps the order in which sends
 * of a message group arrive, and two calls under way may arrive in either order.
 */
export class SendLanes {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** A failure is its caller's: the calls behind it still go, because only the caller knows whether they may. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#tails.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(key) === mine) this.#tails.delete(key);
    }
  }
}
