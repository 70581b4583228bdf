import type { Order, Payment } from '../support/resources.js';

export type Kind = 'place' | 'pay' | 'cancel' | 'read';

/** What a client sets out to do. */
export interface Request {
  readonly client: string;
  readonly kind: Kind;
  /** Of a placed order: its Idempotency-Key. */
  readonly key?: string;
  readonly orderId?: string;
  readonly paymentId?: string;
}

/** How far an order has come. */
export interface State extends Pick<Order, 'status' | 'version' | 'cancelReason'> {
  /** Which way it takes; default the first one there was. */
  readonly flow?: Order['flow'];
}

/** What an answer says about an order. */
export interface Seen {
  /** Absent in the answer to a payment. */
  readonly order?: State;
  /** All of the order's, or the one that was reported. */
  readonly payments: readonly PaymentSeen[];
  /** Fingerprint of what never changes: customer, lines, amount, times. */
  readonly content?: string;
  /** The stored answer to an earlier request: old news. */
  readonly replayed: boolean;
}

export type PaymentSeen = Pick<Payment, 'paymentId' | 'state'>;

/**
 * One request as its client knows it. `ok`: it was answered with its effect. `failed`: it certainly had none (refused, or never
 * left). `unknown`: it may have happened or not, now or later; a time-out, a cut connection, a 5xx.
 */
export interface Operation extends Request {
  /** Milliseconds of one clock that never goes back. */
  readonly invokedAt: number;
  /** Infinity while it is under way. */
  readonly endedAt: number;
  readonly outcome: 'ok' | 'failed' | 'unknown';
  /** HTTP's; none when no answer came. */
  readonly status?: number;
  /** Of the problem, or of the connection's failure. */
  readonly code?: string;
  readonly seen?: Seen;
}

/** In real time: whoever acted second could know what the first was told. Operations that overlap have no order. */
export const isBefore = (first: Operation, second: Operation): boolean => first.endedAt < second.invokedAt;

export const mayHaveHappened = ({ outcome }: Operation): boolean => outcome !== 'failed';
