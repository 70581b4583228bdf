import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { minorUnits } from './minor-units.js';

@Entity('product')
@Check('CHK_product_unit_price', `unit_price_minor > 0`)
@Check('CHK_product_currency', `currency ~ '^[A-Z]{3}$'`)
export class ProductRow {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'PK_product' })
  readonly sku: string;

  @Column({ type: 'text' })
  readonly name: string;

  @Column({ name: 'unit_price_minor', type: 'bigint', transformer: minorUnits })
  readonly unitPriceMinor: number;

  @Column({ type: 'text' })
  readonly currency: string;
}
