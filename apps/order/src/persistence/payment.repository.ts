import { Injectable } from '@nestjs/common';
import type { LocalTransaction, Statement } from '@halfway/mq';
import { movedBy, type OrderStatus, statusesWhere } from '../domain/order-status.js';
import type { Capture, Payable, Payment, PaymentState } from '../domain/payment.js';
import { Database } from './database.js';
import { literals } from './literals.js';

interface LookUpRow {
  readonly status: OrderStatus | null;
  readonly amount_minor: string;
  readonly currency: string;
  readonly paid_order_id: string | null;
  readonly paid_amount_minor: string;
  readonly paid_currency: string;
  readonly state: PaymentState;
}

const lookUp: Statement = {
  name: 'payment.look-up',
  text: `select o.status, o.amount_minor, o.currency, p.order_id as paid_order_id, p.amount_minor as paid_amount_minor,
                p.currency as paid_currency, p.state
           from (select 1) one
           left join orders o on o.order_id = $1
           left join payment p on p.payment_id = $2`,
};

/** The whole decision of a payment: the order moves and the payment is captured, or neither. */
const capture: Statement = {
  name: 'payment.capture',
  text: `with paid as (
           update orders set status = 'PAID', version = version + 1
            where order_id = $2 and status in (${literals(movedBy('payment.captured'))})
              and amount_minor = $3 and currency = $4
           returning order_id)
         insert into payment (payment_id, order_id, amount_minor, currency, state, created_at)
         select $1, order_id, $3, $4, 'CAPTURED', clock_timestamp() from paid`,
};

/**
 * Says itself when it may be written, so no lock is needed: an order that is final stays so, and an amount that is wrong never
 * becomes right. A payment that the order would take is refused here, and has to take the way of `capture`.
 */
const recordRefundDue: Statement = {
  name: 'payment.record-refund-due',
  text: `insert into payment (payment_id, order_id, amount_minor, currency, state, created_at, refund_due_at)
         select $1, order_id, $3, $4, 'REFUND_DUE', clock_timestamp(), clock_timestamp() from orders
          where order_id = $2
            and (status in (${literals(statusesWhere('payment.captured', 'refund'))})
                 or status in (${literals(movedBy('payment.captured'))}) and (amount_minor <> $3 or currency <> $4))
         on conflict (payment_id) do nothing`,
};

@Injectable()
export class PaymentRepository {
  constructor(private readonly database: Database) {}

  /** The order and what is recorded under the payment's id, from one round trip. */
  async lookUp({ orderId, paymentId }: Capture): Promise<{ readonly order?: Payable; readonly recorded?: Payment }> {
    const { rows } = await this.database.query<LookUpRow>({ ...lookUp, values: [orderId, paymentId] });
    const [row] = rows;
    return {
      ...(row?.status
        ? { order: { status: row.status, amountMinor: Number(row.amount_minor), currency: row.currency } }
        : {}),
      ...(row?.paid_order_id
        ? {
            recorded: {
              paymentId,
              orderId: row.paid_order_id,
              amountMinor: Number(row.paid_amount_minor),
              currency: row.paid_currency,
              state: row.state,
            },
          }
        : {}),
    };
  }

  /**
   * @returns false when the order was not open for exactly this amount any more.
   * @throws a unique violation (23505) when the payment's id is recorded meanwhile; the transaction is void then.
   */
  async capture({ paymentId, orderId, amountMinor, currency }: Capture, tx: LocalTransaction): Promise<boolean> {
    return (await tx.query(capture, [paymentId, orderId, amountMinor, currency])).rowCount === 1;
  }

  /** @returns false when the order would take the payment, or something is recorded under its id already. */
  async recordRefundDue({ paymentId, orderId, amountMinor, currency }: Capture): Promise<boolean> {
    const values = [paymentId, orderId, amountMinor, currency];
    return (await this.database.query({ ...recordRefundDue, values })).rowCount === 1;
  }
}
