import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Collected, OrderSeen, Placement, ReservationSeen } from './judge.js';

export interface AuditedDatabases {
  readonly orderDatabaseUrl: string;
  readonly inventoryDatabaseUrl: string;
}

const local = (name: string): string => `postgres://halfway_owner@127.0.0.1:15432/halfway_${name}`;

/** Default: the local stack on its documented port. */
export const databasesFrom = (environment = process.env): AuditedDatabases => ({
  orderDatabaseUrl: environment['ORDER_DATABASE_URL'] || local('order'),
  inventoryDatabaseUrl: environment['INVENTORY_DATABASE_URL'] || local('inventory'),
});

type Read = <R extends object>(sql: string, values?: readonly unknown[]) => Promise<readonly R[]>;
export type ReadBoth = Readonly<Record<'order' | 'inventory', Read>>;

export interface ReadOptions {
  /** Of one query; default 60 000. A server that stands still does not end it by itself, so the client does. */
  readonly answerWithinMs?: number;
}

/** Read-only sessions: an auditor that could change something would be a suspect itself. */
export async function withDatabases<T>(
  urls: AuditedDatabases,
  work: (read: ReadBoth) => Promise<T>,
  { answerWithinMs = 60_000 }: ReadOptions = {},
): Promise<T> {
  const client = (connectionString: string) => {
    const one = new pg.Client({
      connectionString,
      application_name: 'halfway-auditor',
      connectionTimeoutMillis: Math.min(5_000, answerWithinMs),
      statement_timeout: answerWithinMs,
      query_timeout: answerWithinMs,
      options: '-c default_transaction_read_only=on',
    });
    // A connection that breaks between two queries: the next query fails with it.
    one.on('error', () => {});
    return one;
  };
  const order = client(urls.orderDatabaseUrl);
  const inventory = client(urls.inventoryDatabaseUrl);
  const reader =
    (on: pg.Client): Read =>
    async <R extends object>(sql: string, values: readonly unknown[] = []) =>
      (await on.query<R>(sql, [...values])).rows;
  try {
    await Promise.all([order.connect(), inventory.connect()]);
    return await work({ order: reader(order), inventory: reader(inventory) });
  } finally {
    await Promise.race([Promise.allSettled([order.end(), inventory.end()]), pause(endsWithinMs)]);
  }
}

/** A server that stands still says no farewell. */
const endsWithinMs = 1_000;

const orders = `
  select o.order_id as "orderId", o.status, o.version, coalesce(l.lines, '') as lines
    from orders o left join (
      select order_id, string_agg(sku || '=' || quantity, e'\\n' order by sku collate "C") as lines from order_line group by order_id
    ) l using (order_id)`;

const reservations = `
  select r.order_id as "orderId", r.state, coalesce(l.lines, '') as lines
    from reservation r left join (
      select order_id, string_agg(sku || '=' || quantity, e'\\n' order by sku collate "C") as lines from reservation_line group by order_id
    ) l using (order_id)`;

export interface Across {
  readonly collected: Collected;
  /** Pieces per sku. */
  readonly sold: ReadonlyMap<string, number>;
  readonly orderOfKey: ReadonlyMap<string, string>;
}

/** Orders, reservations, orders again: the double collect that `disagreements` needs. */
export async function readAcross(read: ReadBoth, history: readonly Placement[]): Promise<Across> {
  const before = await read.order<OrderSeen>(orders);
  const held = await read.inventory<ReservationSeen>(reservations);
  const sold = await read.inventory<{ sku: string; sold: number }>('select sku, sold from stock where sold > 0');
  const after = await read.order<OrderSeen>(orders);
  const attempts = await read.order<{ orderId: string; state: 'OPEN' | 'KEPT' | 'RETURNED' }>(
    'select order_id as "orderId", state from return_intent',
  );
  const keys = [...new Set(history.map(({ key }) => key))];
  const stored = await read.order<{ key: string; orderId: string }>(
    'select key, order_id as "orderId" from idempotency where key = any($1)',
    [keys],
  );
  return {
    collected: {
      before,
      reservations: held,
      after,
      attempts: new Map(attempts.map(({ orderId, state }) => [orderId, state])),
    },
    sold: new Map(sold.map((row) => [row.sku, Number(row.sold)])),
    orderOfKey: new Map(stored.map(({ key, orderId }) => [key, orderId])),
  };
}
