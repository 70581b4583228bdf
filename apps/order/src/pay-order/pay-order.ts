import { orderEvents } from '@halfway/contracts';
import { Journal, Producer } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import {
  OrderContendedError,
  OrderNotFoundError,
  OrderPendingError,
  PaymentIdReusedError,
} from '../domain/order.errors.js';
import { type Capture, isSameCapture, judgeCapture, type Payment } from '../domain/payment.js';
import { PaymentRepository } from '../persistence/payment.repository.js';
import { REACHED, type Reached } from '../tokens.js';

export interface RecordedPayment {
  readonly payment: Payment;
  /** False when it was recorded before. */
  readonly isNew: boolean;
}

/** The order was open when we looked and is not any more: somebody was faster. Never leaves this file. */
class RaceLostError extends Error {}

/** After a lost race the order is final, or the payment is recorded: the second look settles it. A third would mean a defect. */
const LOOKS = 3;
const UNIQUE_VIOLATION = '23505';

/**
 * The provider's word that money was taken, so it is never turned away: it pays the order, or it is recorded to be sent back.
 * Which of the two is decided by the order's row, in the statement that records the payment. What is read before it only
 * chooses which statement to try.
 */
@Injectable()
export class PayOrder {
  constructor(
    private readonly payments: PaymentRepository,
    private readonly producer: Producer,
    private readonly journal: Journal,
    @Inject(REACHED) private readonly reached?: Reached,
  ) {}

  async execute(capture: Capture): Promise<RecordedPayment> {
    for (let look = 1; look <= LOOKS; look++) {
      const { order, recorded } = await this.payments.lookUp(capture);
      if (!order) throw new OrderNotFoundError(capture.orderId);
      if (recorded) return { payment: repeated(recorded, capture), isNew: false };
      const outcome = judgeCapture(order, capture);
      if (outcome === 'wait') throw new OrderPendingError(capture.orderId);
      const payment = outcome === 'pay' ? await this.pay(capture) : await this.recordRefundDue(capture);
      if (payment) return { payment, isNew: true };
    }
    throw new OrderContendedError(capture.orderId);
  }

  /** @returns undefined when a cancellation, the timeout or another payment was faster; then nothing was written or sent. */
  private async pay(capture: Capture): Promise<Payment | undefined> {
    const { orderId, paymentId } = capture;
    try {
      await this.producer.sendInTransaction(orderEvents.paid, { orderId, paymentId }, async (tx) => {
        if (this.reached) await this.reached('pay.before-insert');
        if (!(await this.payments.capture(capture, tx))) throw new RaceLostError();
        if (this.reached) await this.reached('pay.after-insert');
      });
      return { ...capture, state: 'CAPTURED' };
    } catch (error) {
      if (error instanceof RaceLostError || isUniqueViolation(error)) return undefined;
      throw error;
    }
  }

  /** @returns undefined when the payment is recorded meanwhile: look again. */
  private async recordRefundDue(capture: Capture): Promise<Payment | undefined> {
    const isRecorded = await this.payments.recordRefundDue(capture);
    if (this.reached) await this.reached('pay.after-refund-due');
    if (!isRecorded) return undefined;
    this.journal.tell('payment to be refunded', { key: capture.orderId, detail: capture.paymentId });
    return { ...capture, state: 'REFUND_DUE' };
  }
}

function repeated(recorded: Payment, capture: Capture): Payment {
  if (!isSameCapture(recorded, capture)) throw new PaymentIdReusedError(capture.paymentId);
  return recorded;
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
}
