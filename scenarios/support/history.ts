/** One attempt to place an order, as its client saw it. A timeout is `unknown`, never `failed`. */
export interface Placement {
  readonly key: string;
  readonly outcome: 'acknowledged' | 'refused' | 'failed' | 'unknown';
  readonly orderId?: string;
}

/** What clients were told; the auditor holds the databases against it. */
export class History {
  readonly #placements: Placement[] = [];

  record(placement: Placement): void {
    this.#placements.push(placement);
  }

  get placements(): readonly Placement[] {
    return this.#placements;
  }
}
