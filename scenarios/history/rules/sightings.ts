import type { Operation, PaymentSeen, State } from '../operation.js';

export interface Sighting {
  readonly operation: Operation;
  readonly state: State;
  readonly payments: readonly PaymentSeen[];
}

/** Whole looks at an order. An answer that was stored when it was placed says nothing about the order now. */
export const sightingsIn = (operations: readonly Operation[]): readonly Sighting[] =>
  operations.flatMap((operation) => {
    const { order, payments = [], replayed } = operation.seen ?? {};
    return order && !replayed ? [{ operation, state: order, payments }] : [];
  });
