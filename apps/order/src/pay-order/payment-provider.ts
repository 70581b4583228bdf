import { Injectable } from '@nestjs/common';
import { Database } from '../persistence/database.js';
import type { DueRefund } from '../persistence/refund.repository.js';

/** Whoever took the money and can send it back. */
export abstract class PaymentProvider {
  /** Sends the money back once, however often it is asked: the payment's id is the idempotency key. */
  abstract refund(refund: DueRefund): Promise<void>;
}

/**
 * A stand-in for a real provider that behaves like one where it matters: its books are its own (other schema, other
 * transaction), it remembers what it did through our crashes, and a repeated request changes nothing.
 */
@Injectable()
export class SimulatedProvider extends PaymentProvider {
  constructor(private readonly database: Database) {
    super();
  }

  override async refund({ paymentId, amountMinor, currency }: DueRefund): Promise<void> {
    await this.database.query({
      name: 'simulated-provider.refund',
      text: `insert into simulated_provider.refund as r (payment_id, amount_minor, currency, requests, refunded_at)
             values ($1, $2, $3, 1, clock_timestamp())
             on conflict (payment_id) do update set requests = r.requests + 1`,
      values: [paymentId, amountMinor, currency],
    });
  }
}
