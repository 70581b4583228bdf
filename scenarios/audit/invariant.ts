/** A sentence that is true whenever one database is looked at, and the query that finds what breaks it. */
export interface Invariant {
  /** I: of the inventory, O: of the order service, X: across both; the same id in the runbook and in reports. */
  readonly id: string;
  readonly sentence: string;
  readonly database: 'order' | 'inventory';
  /** Returns one row for each violation, and none when all is well. */
  readonly sql: string;
}

/** How a sentence fared. */
export interface Finding {
  readonly id: string;
  readonly sentence: string;
  readonly holds: boolean;
  readonly violations: number;
  /** The first few, for a person. */
  readonly examples: readonly object[];
}

const shown = 5;

export function finding({ id, sentence }: Pick<Invariant, 'id' | 'sentence'>, violations: readonly object[]): Finding {
  return {
    id,
    sentence,
    holds: violations.length === 0,
    violations: violations.length,
    examples: violations.slice(0, shown),
  };
}
