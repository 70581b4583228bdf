import type { Payment } from '../../support/resources.js';
import { isBefore, mayHaveHappened, type Operation } from '../operation.js';
import { differing, shrinking, type Claim } from './grows.js';
import type { Rule } from './rule.js';
import { sightingsIn } from './sightings.js';

export const paymentRules: readonly Rule[] = [
  {
    id: 'H11',
    sentence: 'a payment that was taken pays its order, for good',
    subject: 'order',
    judge: takenAndUnpaid,
  },
  {
    id: 'H12',
    sentence: 'an order is PAID exactly when one payment of it is captured',
    subject: 'order',
    judge: paidOtherwise,
  },
  {
    id: 'H13',
    sentence: 'a payment is captured or refunded, never both, and neither is taken back',
    subject: 'order',
    judge: (operations) => firstOf(paymentIdsIn(operations), (paymentId) => takenBack(operations, paymentId)),
  },
  {
    id: 'H14',
    sentence: 'a payment is there only when somebody reported it',
    subject: 'order',
    judge: (operations) => firstOf(paymentIdsIn(operations), (paymentId) => reportedByNobody(operations, paymentId)),
  },
  {
    id: 'H15',
    sentence: 'a payment belongs to one order',
    subject: 'payment',
    judge: (operations) => differing(operations, ({ outcome, orderId }) => (outcome === 'ok' ? orderId : undefined)),
  },
];

const stateOf = ({ seen }: Operation, paymentId: string): Payment['state'] | undefined =>
  seen?.payments.find((payment) => payment.paymentId === paymentId)?.state;

const capturedIn = ({ seen }: Operation): readonly string[] =>
  (seen?.payments ?? []).flatMap(({ paymentId, state }) => (state === 'CAPTURED' ? [paymentId] : []));

const paymentIdsIn = (operations: readonly Operation[]): readonly string[] => [
  ...new Set(operations.flatMap(({ seen }) => (seen?.payments ?? []).map(({ paymentId }) => paymentId))),
];

function firstOf<T, R>(items: readonly T[], look: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whoever looks after the answer sees PAID; an order that ends in another way, whenever it is seen, never took the money. */
function takenAndUnpaid(operations: readonly Operation[]): readonly Operation[] | undefined {
  const capture = operations.find((operation) => capturedIn(operation).length > 0);
  if (!capture) return undefined;
  const sightings = sightingsIn(operations);
  const other = sightings.find(({ state }) => state.status === 'CANCELLED' || state.status === 'REJECTED');
  if (other) return [capture, other.operation];
  const looks = sightings.map(({ operation, state }) => ({ operation, amount: state.status === 'PAID' ? 1 : 0 }));
  const answers = operations.filter((operation) => operation.kind === 'pay' && capturedIn(operation).length > 0);
  return shrinking([...looks, ...answers.map((operation) => ({ operation, amount: 1 }))]);
}

function paidOtherwise(operations: readonly Operation[]): readonly Operation[] | undefined {
  const sighting = sightingsIn(operations).find(
    ({ operation, state }) => capturedIn(operation).length !== (state.status === 'PAID' ? 1 : 0),
  );
  return sighting ? [sighting.operation] : differing(operations, (operation) => capturedIn(operation)[0]);
}

const progress: Readonly<Record<Payment['state'], number>> = { CAPTURED: 1, REFUND_DUE: 1, REFUNDED: 2 };

/** From nothing to captured, or from nothing to due and on to refunded. */
function takenBack(operations: readonly Operation[], paymentId: string): readonly Operation[] | undefined {
  const fate = (operation: Operation): string | undefined => {
    const state = stateOf(operation, paymentId);
    return state && (state === 'CAPTURED' ? 'kept' : 'sent back');
  };
  const looks = new Set(sightingsIn(operations).map(({ operation }) => operation));
  const claims = operations.flatMap((operation): readonly Claim[] => {
    const state = stateOf(operation, paymentId);
    if (state) return [{ operation, amount: progress[state] }];
    return looks.has(operation) ? [{ operation, amount: 0 }] : [];
  });
  return differing(operations, fate) ?? shrinking(claims);
}

function reportedByNobody(operations: readonly Operation[], paymentId: string): readonly Operation[] | undefined {
  const reports = operations.filter((operation) => operation.kind === 'pay' && operation.paymentId === paymentId);
  const sighting = operations.find(
    (operation) =>
      stateOf(operation, paymentId) !== undefined &&
      !reports.some((cause) => mayHaveHappened(cause) && !isBefore(operation, cause)),
  );
  return sighting && [...reports.filter((report) => report !== sighting), sighting];
}
