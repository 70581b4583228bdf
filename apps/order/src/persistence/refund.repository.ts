import { Injectable } from '@nestjs/common';
import type { Statement } from '@halfway/mq';
import { Database } from './database.js';

/** Money that has to go back; `paymentId` is the idempotency key at the provider. */
export interface DueRefund {
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly currency: string;
}

/**
 * Claims for a while instead of holding a transaction open during a call to somebody else. A claimant that dies is followed by
 * another one when its claim is over; that both may have asked the provider does no harm, the payment's id is its key.
 */
const claim: Statement = {
  name: 'refund.claim',
  text: `update payment set refund_due_at = clock_timestamp() + $1 * interval '1 ms'
          where payment_id in (
            select payment_id from payment
             where state = 'REFUND_DUE' and refund_due_at <= clock_timestamp()
             order by refund_due_at limit $2 for no key update skip locked)
         returning payment_id, amount_minor, currency`,
};

const markRefunded: Statement = {
  name: 'refund.mark',
  text: `update payment set state = 'REFUNDED', refund_due_at = null, refunded_at = clock_timestamp()
          where payment_id = $1 and state = 'REFUND_DUE'`,
};

@Injectable()
export class RefundRepository {
  constructor(private readonly database: Database) {}

  async claim(forMs: number, atMost: number): Promise<readonly DueRefund[]> {
    const { rows } = await this.database.query<{ payment_id: string; amount_minor: string; currency: string }>({
      ...claim,
      values: [forMs, atMost],
    });
    return rows.map((row) => ({
      paymentId: row.payment_id,
      amountMinor: Number(row.amount_minor),
      currency: row.currency,
    }));
  }

  async markRefunded(paymentId: string): Promise<void> {
    await this.database.query({ ...markRefunded, values: [paymentId] });
  }
}
