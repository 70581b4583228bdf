import { outcomeOf, type OrderStatus } from './order-status.js';

/** CAPTURED pays the order. REFUND_DUE came for an order that could not take it; REFUNDED once the provider has sent it back. */
export const PAYMENT_STATES = ['CAPTURED', 'REFUND_DUE', 'REFUNDED'] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

/** The provider's word that it has taken the money. */
export interface Capture {
  readonly paymentId: string;
  readonly orderId: string;
  readonly amountMinor: number;
  readonly currency: string;
}

export interface Payment extends Capture {
  readonly state: PaymentState;
}

/** What a payment is judged by. */
export interface Payable {
  readonly status: OrderStatus;
  readonly amountMinor: number;
  readonly currency: string;
}

/**
 * - `pay`: the order takes it, if its row still says so when the UPDATE comes
 * - `refund`: the money is here and cannot be used, so it is recorded and sent back
 * - `wait`: too early, nothing is recorded
 *
 * The deadline is no rule here. An order that is past `expiresAt` and not yet cancelled still holds its stock, so it takes
 * the money; whether the payment or the timeout came first is decided by the order's row, by whose UPDATE finds it open.
 */
export type CaptureOutcome = 'pay' | 'refund' | 'wait';

export function judgeCapture(order: Payable, capture: Pick<Capture, 'amountMinor' | 'currency'>): CaptureOutcome {
  const outcome = outcomeOf(order.status, 'payment.captured');
  if (outcome === 'refused') return 'wait';
  const exact = capture.amountMinor === order.amountMinor && capture.currency === order.currency;
  return outcome === 'PAID' && exact ? 'pay' : 'refund';
}

/** The same payment again, or another one under its id. */
export function isSameCapture(recorded: Capture, repeated: Capture): boolean {
  return (
    recorded.paymentId === repeated.paymentId &&
    recorded.orderId === repeated.orderId &&
    recorded.amountMinor === repeated.amountMinor &&
    recorded.currency === repeated.currency
  );
}
