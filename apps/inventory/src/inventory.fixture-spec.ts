import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { OrderCancelled, OrderPaid, OrderPlaced } from '@halfway/contracts';
import type { LocalTransaction, LocalTransactions, Reply } from '@halfway/mq';
import { localTransactionsOn } from '@halfway/mq/testing';
import { DataSource } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { migrations } from './persistence/data-source.js';
import { openDatabase } from './persistence/database.js';
import { ormOptions } from './persistence/orm-options.js';
import { ReservationRepository } from './persistence/reservation.repository.js';
import { StockRepository } from './persistence/stock.repository.js';
import { OrderCancelledHandler } from './release-stock/order-cancelled.handler.js';
import { ReleaseStock } from './release-stock/release-stock.js';
import { ReturnStockHandler } from './release-stock/return-stock.handler.js';
import { OrderPlacedHandler } from './reserve-stock/order-placed.handler.js';
import { ReserveStock } from './reserve-stock/reserve-stock.js';
import { OrderPaidHandler } from './sell-stock/order-paid.handler.js';
import { SellStock } from './sell-stock/sell-stock.js';
import { invariants } from './invariants.fixture-spec.js';

/** An order as a test writes it: skus and pieces. */
export type Lines = Readonly<Record<string, number>>;
export type Told = 'reserved' | 'refused' | 'released' | 'sold' | 'returned';

export function anOrder(lines: Lines, orderId: string = randomUUID()): OrderPlaced {
  return { orderId, lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })) };
}

/**
 * The handlers of the service on a database of their own, with the pool and the local transactions of production;
 * only the broker is missing, whose deliveries the tests make themselves.
 */
export class Inventory {
  static async open(): Promise<Inventory> {
    const database = await createDatabase({ migrations });
    const pool = openDatabase(database.url, { warn: () => undefined });
    const orm = await new DataSource(ormOptions(database.url)).initialize();
    return new Inventory(database, pool, orm);
  }

  readonly reservations = new ReservationRepository();
  readonly transactions: LocalTransactions;
  readonly stock: StockRepository;
  readonly placed = new OrderPlacedHandler(new ReserveStock(this.reservations));
  readonly paid = new OrderPaidHandler(new SellStock(this.reservations));
  readonly cancelled = new OrderCancelledHandler(new ReleaseStock(this.reservations));
  readonly failed = new ReturnStockHandler(new ReleaseStock(this.reservations));

  private constructor(
    readonly database: TestDatabase,
    readonly pool: ReturnType<typeof openDatabase>,
    private readonly orm: DataSource,
  ) {
    this.transactions = localTransactionsOn(pool);
    this.stock = new StockRepository(orm);
  }

  /** A new sku with so many pieces. */
  async aSku(pieces: number): Promise<string> {
    const sku = `sku-${randomUUID()}`;
    if (pieces) await this.stock.receive({ receiptId: randomUUID(), sku, quantity: pieces });
    return sku;
  }

  place(...orders: readonly OrderPlaced[]): Promise<readonly Told[]> {
    return this.handle((tx) => this.placed.reserve(orders, tx));
  }

  pay(...orderIds: readonly string[]): Promise<readonly Told[]> {
    const events = orderIds.map((orderId): OrderPaid => ({ orderId, paymentId: `pay-${orderId}` }));
    return this.handle((tx) => this.paid.sell(events, tx));
  }

  cancel(...orderIds: readonly string[]): Promise<readonly Told[]> {
    const events = orderIds.map((orderId): OrderCancelled => ({ orderId, reason: 'CUSTOMER' }));
    return this.handle((tx) => this.cancelled.release(events, tx));
  }

  giveBack(...orderIds: readonly string[]): Promise<readonly Told[]> {
    const requests = orderIds.map((orderId) => ({ orderId }));
    return this.handle((tx) => this.failed.giveBack(requests, tx));
  }

  async handle(work: (tx: LocalTransaction) => Promise<readonly Reply[]>): Promise<readonly Told[]> {
    const replies = await this.transactions.run(work);
    // The service replies with nothing but stock events.
    return replies.map(({ event }) => event.type.replace('stock.', '') as Told);
  }

  /** [available, reserved, sold], all zero for a sku without a row. */
  async pieces(sku: string): Promise<readonly [number, number, number]> {
    const stock = await this.stock.find(sku);
    return [stock?.available ?? 0, stock?.reserved ?? 0, stock?.sold ?? 0];
  }

  async state(orderId: string): Promise<string | undefined> {
    return (await this.stock.findReservation(orderId))?.reservation.state;
  }

  /** The kinds of an order's ledger entries, in the order in which they were written. */
  async ledger(orderId: string): Promise<readonly string[]> {
    const { rows } = await this.database.owner.query<{ kind: string }>(
      'select kind from stock_ledger where order_id = $1 order by at, sku',
      [orderId],
    );
    return rows.map(({ kind }) => kind);
  }

  /** Everything in the database, to show that something changed nothing. */
  async everything(): Promise<unknown> {
    const { rows } = await this.database.owner.query(
      `select (select jsonb_agg(s order by sku) from stock s) as stock,
              (select jsonb_agg(r order by order_id) from reservation r) as reservations,
              (select jsonb_agg(l order by order_id, sku) from reservation_line l) as lines,
              (select jsonb_agg(e order by order_id, sku, kind) from stock_ledger e) as ledger,
              (select jsonb_agg(p order by receipt_id) from stock_receipt p) as receipts`,
    );
    return rows[0];
  }

  /** @throws with every invariant that is broken, and the rows that break it. */
  async assertInvariants(): Promise<void> {
    const broken: Record<string, readonly unknown[]> = {};
    for (const [name, sql] of Object.entries(invariants)) {
      const { rows } = await this.database.owner.query(sql);
      if (rows.length) broken[name] = rows;
    }
    assert.deepEqual(broken, {});
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.end(), this.orm.destroy()]);
    await this.database.drop();
  }
}
