import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { PaymentState } from '../domain/payment.js';
import { minorUnits } from './minor-units.js';

@Entity('payment')
@Check('CHK_payment_state', `state in ('CAPTURED', 'REFUND_DUE', 'REFUNDED')`)
@Check('CHK_payment_amount', `amount_minor between 1 and 9007199254740991`)
@Check('CHK_payment_currency', `currency ~ '^[A-Z]{3}$'`)
@Check('CHK_payment_refund_due', `(state = 'REFUND_DUE') = (refund_due_at is not null)`)
@Check('CHK_payment_refunded', `(state = 'REFUNDED') = (refunded_at is not null)`)
@Index('IDX_payment_one_captured', ['orderId'], { unique: true, where: `state = 'CAPTURED'` })
@Index('IDX_payment_order', ['orderId'])
@Index('IDX_payment_refund_due', ['refundDueAt'], { where: `state = 'REFUND_DUE'` })
export class PaymentRow {
  @PrimaryColumn({ name: 'payment_id', type: 'text', primaryKeyConstraintName: 'PK_payment' })
  readonly paymentId: string;

  @Column({ name: 'order_id', type: 'uuid' })
  readonly orderId: string;

  @Column({ name: 'amount_minor', type: 'bigint', transformer: minorUnits })
  readonly amountMinor: number;

  @Column({ type: 'text' })
  readonly currency: string;

  @Column({ type: 'text' })
  readonly state: PaymentState;

  @Column({ name: 'created_at', type: 'timestamptz' })
  readonly createdAt: Date;

  /** When the refund is (again) due; in the future while somebody is at it. */
  @Column({ name: 'refund_due_at', type: 'timestamptz', nullable: true })
  readonly refundDueAt: Date | null;

  @Column({ name: 'refunded_at', type: 'timestamptz', nullable: true })
  readonly refundedAt: Date | null;

  /** By name: two files that import each other would be a cycle. */
  @ManyToOne('OrderRow', 'payments')
  @JoinColumn({ name: 'order_id', foreignKeyConstraintName: 'FK_payment_order' })
  readonly order: unknown;
}
