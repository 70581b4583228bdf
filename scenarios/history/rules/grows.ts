import type { Operation } from '../operation.js';

/** What an operation says of something that only grows: a version, a payment's progress, whether there is an order at all. */
export interface Claim {
  readonly operation: Operation;
  readonly amount: number;
}

/**
 * Two operations of which the second began after the first had ended, and was told less. Of two that overlap, either may have
 * been first, so they never convict.
 */
export function shrinking(claims: readonly Claim[]): readonly Operation[] | undefined {
  const ended = claims.toSorted((a, b) => a.operation.endedAt - b.operation.endedAt);
  const begun = claims.toSorted((a, b) => a.operation.invokedAt - b.operation.invokedAt);
  let most: Claim | undefined;
  let seen = 0;
  for (const later of begun) {
    for (; (ended[seen]?.operation.endedAt ?? Infinity) < later.operation.invokedAt; seen++) {
      const claim = ended[seen];
      if (claim && (!most || claim.amount > most.amount)) most = claim;
    }
    if (most && later.amount < most.amount) return [most.operation, later.operation];
  }
  return undefined;
}

/** The first operation, and one that says something else. Those that say nothing (undefined) agree with everybody. */
export function differing(
  operations: readonly Operation[],
  told: (operation: Operation) => string | undefined,
): readonly Operation[] | undefined {
  const [first, ...others] = operations.filter((operation) => told(operation) !== undefined);
  const other = others.find((operation) => first && told(operation) !== told(first));
  return first && other && [first, other];
}
