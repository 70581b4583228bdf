import { Injectable } from '@nestjs/common';
import type { LocalTransaction, Statement } from '@halfway/mq';
import type { CancelReason, Order, Price } from '../domain/order.js';
import { movedBy, nextStatus, type OrderEvent, type OrderStatus } from '../domain/order-status.js';
import { Database } from './database.js';
import { literals } from './literals.js';

/** What POST /orders needs to know before it starts, from one round trip. */
export interface Groundwork {
  /** PostgreSQL's clock. */
  readonly now: Date;
  /** The order this key has placed, if any; then no prices are read. */
  readonly placed?: { readonly orderId: string; readonly requestHash: string; readonly answer: string };
  readonly prices: readonly Price[];
}

/** What is stored with an order so that its request can be repeated. */
export interface IdempotentAnswer {
  readonly key: string;
  readonly requestHash: string;
  /** The body of the answer, word for word. */
  readonly answer: string;
}

interface GroundworkRow {
  readonly now: Date;
  readonly order_id: string | null;
  readonly request_hash: string;
  readonly answer: string;
  readonly sku: string | null;
  readonly unit_price_minor: string;
  readonly currency: string;
}

const groundwork: Statement = {
  name: 'order.groundwork',
  text: `select clock.now, i.order_id, i.request_hash, i.answer, p.sku, p.unit_price_minor, p.currency
           from (select date_trunc('milliseconds', clock_timestamp()) as now) clock
           left join idempotency i on i.key = $1
           left join product p on i.key is null and p.sku = any($2::text[])`,
};

/**
 * Key, order and lines in one round trip. No row goes in unless the key does: a key that is taken, by another transaction or
 * by a neighbour in this one, leaves everything untouched and counts no line.
 */
const insert: Statement = {
  name: 'order.insert',
  text: `with taken as (
           insert into idempotency (key, request_hash, order_id, answer, created_at)
           values ($1, $2, $3, $4, $5) on conflict (key) do nothing returning order_id),
         placed as (
           insert into orders (order_id, customer_id, status, flow, amount_minor, currency, created_at, expires_at, version)
           select order_id, $6, $7, $8, $9, $10, $5, $11, $12 from taken returning order_id)
         insert into order_line (order_id, position, sku, quantity, unit_price_minor)
         select placed.order_id, line.position, line.sku, line.quantity, line.price
           from placed cross join unnest($13::text[], $14::integer[], $15::bigint[])
                with ordinality as line (sku, quantity, price, position)`,
};

/** The rows are locked in the order of their ids, so that two batches with the same orders (redelivery) cannot deadlock. */
const settle: Statement = {
  name: 'order.settle',
  text: `with mine as (
           select order_id from orders where order_id = any($1::uuid[]) and status = any($3::text[])
            order by order_id for no key update)
         update orders set status = $2, version = version + 1 from mine where orders.order_id = mine.order_id`,
};

const statuses: Statement = {
  name: 'order.statuses',
  text: 'select order_id, status from orders where order_id = any($1::uuid[])',
};

const cancel: Statement = {
  name: 'order.cancel',
  text: `update orders set status = 'CANCELLED', cancel_reason = $2, version = version + 1
          where order_id = $1 and status in (${literals(movedBy('customer.cancels'))})`,
};

/** Every change of an order is one conditional UPDATE: who finds the row in the right status wins, everybody else sees 0 rows. */
@Injectable()
export class OrderRepository {
  constructor(private readonly database: Database) {}

  async groundwork(key: string, skus: readonly string[]): Promise<Groundwork> {
    const { rows } = await this.database.query<GroundworkRow>({ ...groundwork, values: [key, skus] });
    const [first] = rows;
    if (!first) throw new Error('PostgreSQL answered no row to a query that always has one. Report this.');
    const { now, order_id: orderId, request_hash: requestHash, answer } = first;
    if (orderId !== null) return { now, placed: { orderId, requestHash, answer }, prices: [] };
    const prices = rows.flatMap(({ sku, unit_price_minor, currency }) =>
      sku === null ? [] : [{ sku, unitPriceMinor: Number(unit_price_minor), currency }],
    );
    return { now, prices };
  }

  /** @returns false when the key is taken: then nothing was written. */
  async insert(order: Order, { key, requestHash, answer }: IdempotentAnswer, tx: LocalTransaction): Promise<boolean> {
    const { rowCount } = await tx.query(insert, [
      key,
      requestHash,
      order.orderId,
      answer,
      order.createdAt,
      order.customerId,
      order.status,
      order.flow,
      order.amountMinor,
      order.currency,
      order.expiresAt,
      order.version,
      order.lines.map(({ sku }) => sku),
      order.lines.map(({ quantity }) => quantity),
      order.lines.map(({ unitPriceMinor }) => unitPriceMinor),
    ]);
    return rowCount > 0;
  }

  /** One UPDATE for many orders. @returns how many moved. */
  async settle(orderIds: readonly string[], event: OrderEvent, tx: LocalTransaction): Promise<number> {
    const from = movedBy(event);
    const [first] = from;
    const to = first && nextStatus(first, event);
    if (!to) return 0;
    return (await tx.query(settle, [orderIds, to, from])).rowCount;
  }

  async statuses(orderIds: readonly string[], tx: LocalTransaction): Promise<ReadonlyMap<string, OrderStatus>> {
    const { rows } = await tx.query<{ order_id: string; status: OrderStatus }>(statuses, [orderIds]);
    return new Map(rows.map(({ order_id, status }) => [order_id, status]));
  }

  /** @returns false when the order is not (or no longer) open. */
  async cancel(orderId: string, reason: CancelReason, tx: LocalTransaction): Promise<boolean> {
    return (await tx.query(cancel, [orderId, reason])).rowCount === 1;
  }
}
