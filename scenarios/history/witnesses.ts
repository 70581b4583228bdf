import type { Operation, PaymentSeen } from './operation.js';

/**
 * The operations of a past that has been judged against which anything later can be held. Everything to come begins after all
 * of them have ended, so that of what only grows the most is enough: an order's newest state, the best word for each key and
 * each payment, one request that can have caused a cancellation. A past with a conviction need not be kept better: it is
 * convicted already.
 */
export function witnesses(past: readonly Operation[]): readonly Operation[] {
  const best = new Map<string, Operation>();
  for (const operation of past) {
    for (const role of rolesOf(operation)) {
      const rival = best.get(role);
      if (!rival || isBetter(operation, rival)) best.set(role, operation);
    }
  }
  return [...new Set(best.values())];
}

/** What an operation can bear witness to. */
function rolesOf({ kind, key, orderId, paymentId, outcome, seen }: Operation): readonly string[] {
  switch (kind) {
    case 'place':
      return [`place ${key}`];
    case 'pay':
      return outcome === 'failed' ? [] : [`pay ${orderId} ${paymentId}`];
    case 'cancel':
      if (outcome === 'failed') return [];
      return seen ? [`cancel ${orderId}`, `state ${orderId}`] : [`cancel ${orderId}`];
    case 'read':
      return seen ? [`state ${orderId}`] : [];
  }
}

const outcomes = { failed: 0, unknown: 1, ok: 2 } as const;
const states = { REFUND_DUE: 1, CAPTURED: 2, REFUNDED: 2 } as const;
const progress = (payments: readonly PaymentSeen[]): number =>
  payments.reduce((sum, { state }) => sum + states[state], 0);

/** Compared from left to right. */
const rank = ({ outcome, seen }: Operation): readonly number[] => [
  outcomes[outcome],
  seen?.replayed ? 0 : 1,
  seen?.order?.version ?? 0,
  progress(seen?.payments ?? []),
];

function isBetter(candidate: Operation, rival: Operation): boolean {
  const theirs = rank(rival);
  const differences = rank(candidate).map((value, index) => value - (theirs[index] ?? 0));
  return (differences.find((difference) => difference !== 0) ?? 0) > 0;
}
