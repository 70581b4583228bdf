/** Work that nobody awaits, counted: so that it can be bounded, and a stop can wait for the last of it. */
export class Background {
  readonly #underWay = new Set<Promise<void>>();

  get size(): number {
    return this.#underWay.size;
  }

  /** @param work must not reject. */
  run(work: () => Promise<void>): void {
    const tracked: Promise<void> = work().finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /** When nothing is under way any more, what was begun meanwhile included. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }
}
