import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/**
 * Every movement of stock, double entry: `debit` is where the pieces went, `credit` where they came from, so the balance
 * of an account is its debits minus its credits. Insert only, by grant. The primary key is the last line of defence:
 * no order can reserve, sell or release a sku twice.
 *
 * | kind    | debit     | credit    |
 * | ------- | --------- | --------- |
 * | RECEIVE | AVAILABLE | SUPPLIER  |
 * | RESERVE | RESERVED  | AVAILABLE |
 * | SELL    | SOLD      | RESERVED  |
 * | RELEASE | AVAILABLE | RESERVED  |
 */
@Entity('stock_ledger')
@Check('stock_ledger_kind_check', `kind in ('RECEIVE', 'RESERVE', 'SELL', 'RELEASE')`)
@Check('stock_ledger_quantity_check', 'quantity > 0')
@Check(
  'stock_ledger_accounts_check',
  `(kind, debit, credit) in (('RECEIVE', 'AVAILABLE', 'SUPPLIER'), ('RESERVE', 'RESERVED', 'AVAILABLE'), ('SELL', 'SOLD', 'RESERVED'), ('RELEASE', 'AVAILABLE', 'RESERVED'))`,
)
export class StockLedgerRow {
  /** The order that moved the stock; of a RECEIVE the receipt's `entryId`. */
  @PrimaryColumn('uuid', { name: 'order_id', primaryKeyConstraintName: 'stock_ledger_pkey' })
  readonly orderId: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'stock_ledger_pkey' })
  readonly sku: string;
  @PrimaryColumn('text', { primaryKeyConstraintName: 'stock_ledger_pkey' })
  readonly kind: 'RECEIVE' | 'RESERVE' | 'SELL' | 'RELEASE';
  @Column('integer')
  readonly quantity: number;
  @Column('text')
  readonly debit: 'AVAILABLE' | 'RESERVED' | 'SOLD';
  @Column('text')
  readonly credit: 'SUPPLIER' | 'AVAILABLE' | 'RESERVED';
  /** When the row was written, not when its transaction began: that may have waited for the entry before it. */
  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  readonly at: Date;
}

/**
 * The receipts we know: a receipt id stands for one delivery of one sku. It is the client's text while the ledger's key
 * is a uuid, so each receipt gets one of its own, under which its ledger entry is found. Insert only.
 */
@Entity('stock_receipt')
@Check('stock_receipt_quantity_check', 'quantity > 0')
@Unique('stock_receipt_entry_id_key', ['entryId'])
export class StockReceiptRow {
  @PrimaryColumn('text', { name: 'receipt_id', primaryKeyConstraintName: 'stock_receipt_pkey' })
  readonly receiptId: string;
  @Column('uuid', { name: 'entry_id' })
  readonly entryId: string;
  @Column('text')
  readonly sku: string;
  @Column('integer')
  readonly quantity: number;
  @Column('timestamptz', { default: () => 'now()' })
  readonly at: Date;
}
