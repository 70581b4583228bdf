import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { ReservationState } from '../domain/reservation.js';

/** One row per order, whatever became of it. Its primary key serialises all work on that order. Never deleted. */
@Entity('reservation')
@Check('reservation_state_check', `state in ('RESERVED', 'REFUSED', 'SOLD', 'RELEASED')`)
@Check('reservation_reason_check', `(state = 'REFUSED') = (reason is not null)`)
export class ReservationRow {
  @PrimaryColumn('uuid', { name: 'order_id', primaryKeyConstraintName: 'reservation_pkey' })
  readonly orderId: string;
  @Column('text')
  readonly state: ReservationState;
  @Column('text', { nullable: true })
  readonly reason: string | null;
  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  readonly createdAt: Date;
  @Column('timestamptz', { name: 'changed_at', default: () => 'now()' })
  readonly changedAt: Date;
}

/** What an order asked for, also when it was refused. A tombstone has none: its order was never seen. Insert only. */
@Entity('reservation_line')
@Check('reservation_line_quantity_check', 'quantity > 0')
export class ReservationLineRow {
  @PrimaryColumn('uuid', { name: 'order_id', primaryKeyConstraintName: 'reservation_line_pkey' })
  readonly orderId: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'reservation_line_pkey' })
  readonly sku: string;
  @Column('integer')
  readonly quantity: number;
}
