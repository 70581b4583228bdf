import type { Operation, PaymentSeen } from './operation.js';

/**
 * What must be kept of operations that have been judged together: all that overlap with one that is still under way, and the
 * witnesses of what had ended before any of those began. Everything to come is later than that.
 */
export function condense(ended: readonly Operation[], open: Iterable<Operation>): readonly Operation[] {
  const horizon = Math.min(...[...open].map(({ invokedAt }) => invokedAt));
  return [
    ...witnesses(ended.filter(({ endedAt }) => endedAt < horizon)),
    ...ended.filter(({ endedAt }) => endedAt >= horizon),
  ];
}

/**
 * The operations of a past against which anything later can be held. Of what only grows, the most is enough: an order's newest
 * state, the best word for each key and each payment. Of what can have caused an effect, the earliest: who saw the effect may
 * have seen it before the others began. A past with a conviction need not be kept better: it is convicted already.
 */
function witnesses(past: readonly Operation[]): readonly Operation[] {
  const best = new Map<string, Operation>();
  const earliest = new Map<string, Operation>();
  for (const operation of past) {
    for (const role of statementsOf(operation)) keep(best, role, operation, isBetter);
    if (operation.outcome !== 'failed') keep(earliest, causeOf(operation), operation, isEarlier);
  }
  return [...new Set([...best.values(), ...earliest.values()])];
}

type IsPreferred = (candidate: Operation, rival: Operation) => boolean;

function keep(
  kept: Map<string, Operation>,
  role: string | undefined,
  candidate: Operation,
  preferred: IsPreferred,
): void {
  if (role === undefined) return;
  const rival = kept.get(role);
  if (!rival || preferred(candidate, rival)) kept.set(role, candidate);
}

/** What an operation can bear witness to. */
function statementsOf({ kind, key, orderId, paymentId, seen }: Operation): readonly string[] {
  if (kind === 'place') return [`place ${key}`];
  if (!seen) return [];
  return kind === 'pay' ? [`pay ${orderId} ${paymentId}`] : [`state ${orderId}`];
}

function causeOf({ kind, orderId, paymentId }: Operation): string | undefined {
  return kind === 'pay' || kind === 'cancel' ? `${kind} ${orderId} ${paymentId}` : undefined;
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

const isEarlier: IsPreferred = (candidate, rival) => candidate.invokedAt < rival.invokedAt;

function isBetter(candidate: Operation, rival: Operation): boolean {
  const theirs = rank(rival);
  const differences = rank(candidate).map((value, index) => value - (theirs[index] ?? 0));
  return (differences.find((difference) => difference !== 0) ?? 0) > 0;
}
