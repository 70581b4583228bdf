import type { Order } from '../../support/resources.js';
import type { State } from '../operation.js';

type Status = Order['status'];

/** Where an order may go from each status; written down a second time on purpose, so that a slip in the service's table shows. */
const ways: Readonly<Record<Status, readonly Status[]>> = {
  PENDING: ['AWAITING_PAYMENT', 'REJECTED', 'CANCELLED'],
  AWAITING_PAYMENT: ['PAID', 'CANCELLED'],
  PAID: [],
  REJECTED: [],
  CANCELLED: [],
};

/** Where stock is deducted first, an order comes into being with inventory's answer. */
const beginnings = (flow: Order['flow'] | undefined): readonly Status[] =>
  flow === 'return-on-failure' ? ['AWAITING_PAYMENT', 'REJECTED'] : ['PENDING'];

/** Whether a new order can have become this. */
export const canBecome = (state: State): boolean =>
  beginnings(state.flow).some((status) => leadsTo({ status, version: 1, cancelReason: null }, state));

/** Whether the first can have become the second; each step counts the version up by one. */
export function leadsTo(from: State, to: State): boolean {
  const steps = to.version - from.version;
  return steps === 0 ? isSame(from, to) : walks(from.status, to.status, steps);
}

const isSame = (a: State, b: State): boolean => a.status === b.status && a.cancelReason === b.cancelReason;

function walks(from: Status, to: Status, steps: number): boolean {
  if (steps <= 0) return steps === 0 && from === to;
  return ways[from].some((next) => walks(next, to, steps - 1));
}

/** A reason to be cancelled belongs to a cancelled order and to no other. */
export const hasItsReason = ({ status, cancelReason }: State): boolean =>
  (status === 'CANCELLED') === (cancelReason !== null);
