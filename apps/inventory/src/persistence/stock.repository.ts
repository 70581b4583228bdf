import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, MoreThan } from 'typeorm';
import { v7 } from 'uuid';
import { ReceiptConflictError, StockTooLargeError } from '../domain/inventory.errors.js';
import { MAX_STOCK, type Stock } from '../domain/stock.js';
import { ReservationLineRow, ReservationRow } from './reservation.row.js';
import { StockLedgerRow, StockReceiptRow } from './stock-ledger.row.js';
import { StockRow } from './stock.row.js';

export interface Receipt {
  readonly receiptId: string;
  readonly sku: string;
  readonly quantity: number;
}

export interface Received {
  readonly stock: Stock;
  /** The receipt was known already, nothing has changed. */
  readonly repeated: boolean;
}

export interface ReservationWithLines {
  readonly reservation: ReservationRow;
  readonly lines: readonly ReservationLineRow[];
}

/** What people ask and do over HTTP: not hot, so plain TypeORM. */
@Injectable()
export class StockRepository {
  constructor(private readonly database: DataSource) {}

  find(sku: string): Promise<Stock | null> {
    return this.database.manager.findOneBy(StockRow, { sku });
  }

  /** By sku, so that a page starts where the one before ended, whatever has been added meanwhile. */
  page(after: string | undefined, limit: number): Promise<readonly Stock[]> {
    const where = after === undefined ? {} : { sku: MoreThan(after) };
    return this.database.manager.find(StockRow, { where, order: { sku: 'asc' }, take: limit });
  }

  async findReservation(orderId: string): Promise<ReservationWithLines | null> {
    const { manager } = this.database;
    const reservation = await manager.findOneBy(ReservationRow, { orderId });
    if (!reservation) return null;
    // Lines are written together with their reservation and never change: no need to read both at one instant.
    const lines = await manager.find(ReservationLineRow, { where: { orderId }, order: { sku: 'asc' } });
    return { reservation, lines };
  }

  /**
   * Adds a delivery, once. The receipt's row comes first: whoever repeats it at the same moment waits for it.
   * @throws ReceiptConflictError, StockTooLargeError
   */
  receive(receipt: Receipt): Promise<Received> {
    return this.database.transaction(async (manager) => {
      const entryId = v7();
      if (!(await inserted(manager, StockReceiptRow, { ...receipt, entryId }))) return repeat(receipt, manager);
      const { sku, quantity } = receipt;
      await inserted(manager, StockRow, { sku, total: 0, available: 0 });
      const { affected } = await manager
        .createQueryBuilder()
        .update(StockRow)
        .set({ total: () => 'total + :quantity', available: () => 'available + :quantity' })
        .where('sku = :sku and total <= :most', { sku, quantity, most: MAX_STOCK - quantity })
        .execute();
      if (!affected) throw new StockTooLargeError(sku, MAX_STOCK);
      const accounts = { debit: 'AVAILABLE', credit: 'SUPPLIER' } as const;
      await manager.insert(StockLedgerRow, { orderId: entryId, sku, kind: 'RECEIVE', quantity, ...accounts });
      return { stock: await manager.findOneByOrFail(StockRow, { sku }), repeated: false };
    });
  }
}

/** False when a row with this key was there. */
async function inserted<R extends object>(
  manager: EntityManager,
  row: new () => R,
  values: R | object,
): Promise<boolean> {
  const result = await manager
    .createQueryBuilder()
    .insert()
    .into(row)
    .values(values)
    .orIgnore()
    .returning('*')
    .execute();
  return Array.isArray(result.raw) && result.raw.length > 0;
}

async function repeat({ receiptId, sku, quantity }: Receipt, manager: EntityManager): Promise<Received> {
  const first = await manager.findOneByOrFail(StockReceiptRow, { receiptId });
  if (first.sku !== sku || first.quantity !== quantity) throw new ReceiptConflictError(receiptId);
  return { stock: await manager.findOneByOrFail(StockRow, { sku }), repeated: true };
}
