import { Check, Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { minorUnits } from './minor-units.js';

const PRIMARY_KEY = 'PK_order_line';

@Entity('order_line')
@Check('CHK_order_line_quantity', `quantity between 1 and 1000`)
@Check('CHK_order_line_unit_price', `unit_price_minor > 0`)
export class OrderLineRow {
  @PrimaryColumn({ name: 'order_id', type: 'uuid', primaryKeyConstraintName: PRIMARY_KEY })
  readonly orderId: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: PRIMARY_KEY })
  readonly sku: string;

  /** The line's place in the request, from 1. */
  @Column({ type: 'smallint' })
  readonly position: number;

  @Column({ type: 'integer' })
  readonly quantity: number;

  @Column({ name: 'unit_price_minor', type: 'bigint', transformer: minorUnits })
  readonly unitPriceMinor: number;

  /** By name: two files that import each other would be a cycle. */
  @ManyToOne('OrderRow', 'lines')
  @JoinColumn({ name: 'order_id', foreignKeyConstraintName: 'FK_order_line_order' })
  readonly order: unknown;
}
