import { Check, Column, Entity, Index, OneToMany, PrimaryColumn } from 'typeorm';
import type { CancelReason, OrderFlow } from '../domain/order.js';
import type { OrderStatus } from '../domain/order-status.js';
import { minorUnits } from './minor-units.js';
import { OrderLineRow } from './order-line.row.js';
import { PaymentRow } from './payment.row.js';

/** Read by TypeORM; written only by the prepared statements of the repositories. */
@Entity('orders')
@Check('CHK_orders_status', `status in ('PENDING', 'AWAITING_PAYMENT', 'PAID', 'REJECTED', 'CANCELLED')`)
@Check('CHK_orders_cancel_reason', `cancel_reason in ('CUSTOMER', 'PAYMENT_TIMEOUT')`)
@Check('CHK_orders_cancelled_with_reason', `(status = 'CANCELLED') = (cancel_reason is not null)`)
@Check('CHK_orders_flow', `flow in ('reserve-on-commit', 'return-on-failure')`)
@Check('CHK_orders_amount', `amount_minor between 1 and 9007199254740991`)
@Check('CHK_orders_currency', `currency ~ '^[A-Z]{3}$'`)
@Check('CHK_orders_window', `expires_at > created_at`)
@Check('CHK_orders_version', `version > 0`)
@Index('IDX_orders_status', ['status', 'orderId'])
@Index('IDX_orders_open_expires_at', ['expiresAt'], { where: `status in ('PENDING', 'AWAITING_PAYMENT')` })
export class OrderRow {
  @PrimaryColumn({ name: 'order_id', type: 'uuid', primaryKeyConstraintName: 'PK_orders' })
  readonly orderId: string;

  @Column({ name: 'customer_id', type: 'text' })
  readonly customerId: string;

  @Column({ type: 'text' })
  readonly status: OrderStatus;

  @Column({ name: 'cancel_reason', type: 'text', nullable: true })
  readonly cancelReason: CancelReason | null;

  @Column({ type: 'text' })
  readonly flow: OrderFlow;

  @Column({ name: 'amount_minor', type: 'bigint', transformer: minorUnits })
  readonly amountMinor: number;

  @Column({ type: 'text' })
  readonly currency: string;

  @Column({ name: 'expires_at', type: 'timestamptz' })
  readonly expiresAt: Date;

  @Column({ name: 'created_at', type: 'timestamptz' })
  readonly createdAt: Date;

  @Column({ type: 'integer' })
  readonly version: number;

  @OneToMany(() => OrderLineRow, (line) => line.order)
  readonly lines: OrderLineRow[];

  @OneToMany(() => PaymentRow, (payment) => payment.order)
  readonly payments: PaymentRow[];
}
