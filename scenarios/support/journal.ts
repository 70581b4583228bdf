/** Who did something: a line of a timeline starts with it. */
export type Actor = 'client' | 'order' | 'inventory' | 'broker' | 'demo';

export interface Entry {
  /** Milliseconds since the epoch; one machine, one clock. */
  readonly at: number;
  readonly who: Actor;
  readonly what: string;
  readonly detail?: string;
  /** How long an answer took. */
  readonly tookMs?: number;
  /** Order ids and idempotency keys it is about; none: it concerns everybody. */
  readonly about: readonly string[];
  readonly tone?: 'fault' | 'repair';
}

/** What the clients did and what was done to the system, in the order in which it happened. */
export class Journal {
  readonly #entries: Entry[] = [];
  readonly #followers = new Set<(entry: Entry) => void>();

  write(entry: Omit<Entry, 'at' | 'about'> & { readonly at?: number; readonly about?: readonly string[] }): void {
    const written = { ...entry, at: entry.at ?? Date.now(), about: entry.about ?? [] };
    this.#entries.push(written);
    for (const follower of this.#followers) follower(written);
  }

  /** Tells every entry from now on. @returns what ends that */
  follow(follower: (entry: Entry) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  since(at: number): readonly Entry[] {
    return this.#entries.filter((entry) => entry.at >= at);
  }
}
