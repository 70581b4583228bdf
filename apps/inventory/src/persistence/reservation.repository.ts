import type { LocalTransaction } from '@halfway/mq';
import { Injectable } from '@nestjs/common';
import type { ReservationState } from '../domain/reservation.js';
import type { OrderToReserve, ReserveDecision } from '../domain/stock.js';
import * as sql from './reservation.sql.js';

export interface Recorded {
  readonly orderId: string;
  readonly state: ReservationState;
  readonly reason: string | null;
}

export interface Claimed {
  /** Orders that were decided before, with what was decided. All others are ours now, until the transaction ends. */
  readonly recorded: ReadonlyMap<string, Recorded>;
  /** Pieces per sku, their rows locked. A sku that was never received is missing. */
  readonly available: ReadonlyMap<string, number>;
}

/**
 * Reservations of several orders at once, in two round trips: what must be known before deciding, and what was decided.
 * Statements of one round trip are sent without waiting for each other; PostgreSQL runs them in order, each with a
 * snapshot of its own.
 *
 * Locks are taken in one total order: reservation rows by order id, then stock rows by sku. With stock rows locked as the
 * orders name them, interleaved orders deadlock (half of all transactions, in a measurement); sorted, none can.
 */
@Injectable()
export class ReservationRepository {
  /** Makes the orders' rows, unless they are there, and locks the stock of all their lines. */
  async claim(orders: readonly OrderToReserve[], tx: LocalTransaction): Promise<Claimed> {
    const orderIds = sorted(orders.map(({ orderId }) => orderId));
    const skus = [...new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)))];
    const [inserted, found, stock] = await Promise.all([
      tx.query<{ order_id: string }>(sql.insertReservations, [orderIds, 'RESERVED']),
      tx.query<RecordedRow>(sql.readReservations, [orderIds]),
      tx.query<{ sku: string; available: number }>(sql.lockStock, [skus]),
    ]);
    const ours = new Set(inserted.rows.map((row) => row.order_id));
    return {
      recorded: byOrder(found.rows.filter((row) => !ours.has(row.order_id))),
      available: new Map(stock.rows.map(({ sku, available }) => [sku, available])),
    };
  }

  /** Records decisions about claimed orders, and moves what they reserve. */
  async record(decisions: readonly ReserveDecision[], tx: LocalTransaction): Promise<void> {
    if (!decisions.length) return;
    const refused = decisions.filter(({ refusal }) => refusal !== null);
    const lines = decisions.flatMap(({ orderId, refusal, lines: all }) =>
      all.map(({ sku, quantity }) => ({ orderId, sku, quantity, held: refusal === null })),
    );
    const moved = new Map<string, number>();
    for (const { sku, quantity, held } of lines) if (held) moved.set(sku, (moved.get(sku) ?? 0) + quantity);
    await tx.query(sql.recordDecisions, [
      refused.map(({ orderId }) => orderId),
      refused.map(({ refusal }) => refusal),
      lines.map(({ orderId }) => orderId),
      lines.map(({ sku }) => sku),
      lines.map(({ quantity }) => quantity),
      lines.map(({ held }) => held),
      [...moved.keys()],
      [...moved.values()],
    ]);
  }

  /** Locks the orders' rows and the stock they hold. */
  async lock(orderIds: readonly string[], tx: LocalTransaction): Promise<ReadonlyMap<string, Recorded>> {
    const ids = sorted(orderIds);
    const [found] = await Promise.all([
      tx.query<RecordedRow>(sql.lockReservations, [ids]),
      tx.query(sql.lockHeldStock, [ids]),
    ]);
    return byOrder(found.rows);
  }

  /** As `lock`, and leaves a tombstone for every order that has no row. @returns the rows that were there before. */
  async lockOrBury(orderIds: readonly string[], tx: LocalTransaction): Promise<ReadonlyMap<string, Recorded>> {
    const ids = sorted(orderIds);
    const [inserted, found] = await Promise.all([
      tx.query<{ order_id: string }>(sql.insertReservations, [ids, 'RELEASED']),
      this.lock(ids, tx),
    ]);
    const buried = new Set(inserted.rows.map((row) => row.order_id));
    return new Map([...found].filter(([orderId]) => !buried.has(orderId)));
  }

  /** RESERVED → SOLD; a row in another state is left as it is. */
  async sell(orderIds: readonly string[], tx: LocalTransaction): Promise<void> {
    if (orderIds.length) await tx.query(sql.sell, [orderIds]);
  }

  /** RESERVED → RELEASED; a row in another state is left as it is. */
  async release(orderIds: readonly string[], tx: LocalTransaction): Promise<void> {
    if (orderIds.length) await tx.query(sql.release, [orderIds]);
  }
}

interface RecordedRow {
  readonly order_id: string;
  readonly state: ReservationState;
  readonly reason: string | null;
}

function byOrder(rows: readonly RecordedRow[]): ReadonlyMap<string, Recorded> {
  return new Map(rows.map(({ order_id: orderId, state, reason }) => [orderId, { orderId, state, reason }]));
}

/** Two batches with the same orders (a takeover) must insert them in the same order. */
function sorted(orderIds: readonly string[]): readonly string[] {
  return orderIds.toSorted();
}
