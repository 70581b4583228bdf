import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { Stock } from '../domain/stock.js';

/** One hot row per sku. Half of each page is left free, so that its many updates stay on the page and touch no index. */
@Entity('stock')
@Check('stock_available_check', 'available >= 0')
@Check('stock_reserved_check', 'reserved >= 0')
@Check('stock_sold_check', 'sold >= 0')
@Check('stock_total_check', 'total = available + reserved + sold')
export class StockRow implements Stock {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'stock_pkey' })
  readonly sku: string;
  @Column('integer')
  readonly total: number;
  @Column('integer')
  readonly available: number;
  @Column('integer', { default: 0 })
  readonly reserved: number;
  @Column('integer', { default: 0 })
  readonly sold: number;
}
