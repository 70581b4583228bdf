/**
 * What may happen to an order, for every status and every event. SQL reads the table too: the conditional UPDATEs take
 * their "from" statuses from it, so the database and this file cannot disagree.
 */

export const ORDER_STATUSES = ['PENDING', 'AWAITING_PAYMENT', 'PAID', 'REJECTED', 'CANCELLED'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export const ORDER_EVENTS = [
  'stock.reserved',
  'stock.refused',
  'stock.released',
  'stock.sold',
  'payment.captured',
  'customer.cancels',
  'window.closes',
] as const;
export type OrderEvent = (typeof ORDER_EVENTS)[number];

/**
 * - a status: the order moves there, and whatever must be published is published in the same transaction
 * - `stays`: legal and nothing to do: a repetition, or an answer that the order no longer needs
 * - `refused`: whoever asked is told so
 * - `refund`: the money came for an order that cannot take it
 * - `impossible`: no order of events leads here, so a message was forged or a defect is at work: quarantine, alarm
 */
export type Outcome = OrderStatus | 'stays' | 'refused' | 'refund' | 'impossible';

const TRANSITIONS = {
  PENDING: {
    'stock.reserved': 'AWAITING_PAYMENT',
    'stock.refused': 'REJECTED',
    'stock.released': 'impossible', // the answer to a cancellation that was never decided
    'stock.sold': 'impossible',
    'payment.captured': 'refused', // not offered yet: a sale could overtake its reservation
    'customer.cancels': 'CANCELLED',
    'window.closes': 'CANCELLED',
  },
  AWAITING_PAYMENT: {
    'stock.reserved': 'stays',
    'stock.refused': 'impossible',
    'stock.released': 'impossible',
    'stock.sold': 'impossible',
    'payment.captured': 'PAID',
    'customer.cancels': 'CANCELLED',
    'window.closes': 'CANCELLED',
  },
  PAID: {
    'stock.reserved': 'stays',
    'stock.refused': 'impossible',
    'stock.released': 'impossible',
    'stock.sold': 'stays',
    'payment.captured': 'refund',
    'customer.cancels': 'refused',
    'window.closes': 'stays',
  },
  REJECTED: {
    'stock.reserved': 'impossible',
    'stock.refused': 'stays',
    'stock.released': 'impossible',
    'stock.sold': 'impossible',
    'payment.captured': 'refund',
    'customer.cancels': 'refused',
    'window.closes': 'stays',
  },
  CANCELLED: {
    'stock.reserved': 'stays', // it was under way when the order was cancelled; the release follows it
    'stock.refused': 'stays',
    'stock.released': 'stays',
    'stock.sold': 'impossible',
    'payment.captured': 'refund',
    'customer.cancels': 'stays',
    'window.closes': 'stays',
  },
} as const satisfies Record<OrderStatus, Record<OrderEvent, Outcome>>;

/** Total: every pair has an outcome. */
export function outcomeOf(status: OrderStatus, event: OrderEvent): Outcome {
  return TRANSITIONS[status][event];
}

/** The only way on from a status, or undefined when the order does not move. */
export function nextStatus(status: OrderStatus, event: OrderEvent): OrderStatus | undefined {
  const outcome = outcomeOf(status, event);
  return ORDER_STATUSES.find((candidate) => candidate === outcome);
}

/** The statuses that `event` moves: the condition of its UPDATE. */
export function movedBy(event: OrderEvent): readonly OrderStatus[] {
  return ORDER_STATUSES.filter((status) => nextStatus(status, event) !== undefined);
}

/** The statuses in which `event` has this outcome. */
export function statusesWhere(event: OrderEvent, outcome: Outcome): readonly OrderStatus[] {
  return ORDER_STATUSES.filter((status) => outcomeOf(status, event) === outcome);
}

/** Nothing moves it any more. */
export function isFinal(status: OrderStatus): boolean {
  return ORDER_EVENTS.every((event) => nextStatus(status, event) === undefined);
}
