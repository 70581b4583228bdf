import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../support/system.js';

export interface World {
  /** `deducted`: an order whose stock was deducted before; `returned`: an attempt to place one, which failed. */
  readonly ids: Readonly<Record<keyof typeof kinds | 'returned', string>>;
  readonly databases: { readonly orderDatabaseUrl: string; readonly inventoryDatabaseUrl: string };
  change(database: 'order' | 'inventory', sql: string): Promise<void>;
  /** Of the server, from another database. */
  admin(sql: string): Promise<void>;
  drop(): Promise<void>;
}

export interface Worlds {
  /** A copy that may be spoilt. */
  one(): Promise<World>;
  drop(): Promise<void>;
}

/**
 * Both databases with the services' own tables and one order of each kind, all of them as they should be; made once, copied
 * for each test. Constraints keep most violations from being planted, so they are dropped: what is tried here is the auditor,
 * who must not believe that they work.
 */
export async function worlds(): Promise<Worlds> {
  const pattern = `audit_${randomUUID().slice(0, 8)}`;
  const order = `${pattern}_order`;
  const inventory = `${pattern}_inventory`;
  for (const name of [order, inventory]) await run('postgres', `create database ${name} owner halfway_owner`);
  const urls = { orderOwnerUrl: urlOf(order), inventoryOwnerUrl: urlOf(inventory) };
  await Promise.all([migrate('order', urls), migrate('inventory', urls)]);
  const ids = {
    paid: randomUUID(),
    cancelled: randomUUID(),
    rejected: randomUUID(),
    awaiting: randomUUID(),
    deducted: randomUUID(),
    returned: randomUUID(),
  };
  await run(order, dropConstraints, ...ordersOf(ids));
  await run(inventory, dropConstraints, ...stockOf(ids));
  let copies = 0;
  return {
    one: async () => {
      copies += 1;
      const names = { order: `${order}_${copies}`, inventory: `${inventory}_${copies}` };
      await run('postgres', `create database ${names.order} template ${order} owner halfway_owner`);
      await run('postgres', `create database ${names.inventory} template ${inventory} owner halfway_owner`);
      return {
        ids,
        databases: { orderDatabaseUrl: urlOf(names.order), inventoryDatabaseUrl: urlOf(names.inventory) },
        change: (database, sql) => run(names[database], sql),
        admin: (sql) => run('postgres', sql),
        drop: () => remove(names.order, names.inventory),
      };
    },
    drop: () => remove(order, inventory),
  };
}

function urlOf(database: string): string {
  const admin = process.env['HALFWAY_TEST_POSTGRES_URL'];
  if (!admin) throw new Error('HALFWAY_TEST_POSTGRES_URL is not set. Run the tests with "npm run jest".');
  return Object.assign(new URL(admin), { pathname: database }).href;
}

async function run(database: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(database) });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

const remove = (...names: readonly string[]): Promise<void> =>
  run('postgres', ...names.map((name) => `drop database if exists ${name} with (force)`));

const dropConstraints = `do $$ declare item record; begin
    for item in select conrelid::regclass as "table", conname as name from pg_constraint
        where connamespace in ('public'::regnamespace, 'mq'::regnamespace) and contype in ('c', 'f', 'u', 'p')
        order by contype = 'p' loop
      execute format('alter table %s drop constraint %I', item."table", item.name);
    end loop;
    for item in select indexrelid::regclass as name from pg_index join pg_class on pg_class.oid = indexrelid
        where indisunique and relnamespace in ('public'::regnamespace, 'mq'::regnamespace) loop
      execute format('drop index %s', item.name);
    end loop;
  end $$`;

const kinds = {
  paid: 'PAID',
  cancelled: 'CANCELLED',
  rejected: 'REJECTED',
  awaiting: 'AWAITING_PAYMENT',
  deducted: 'AWAITING_PAYMENT',
} as const;

function ordersOf(ids: World['ids']): readonly string[] {
  const event = (id: string, type: string) => `insert into mq.transaction_log
    (id, transaction_id, decision, decided_by, event_type, topic, message_key, body, headers, acknowledged_at)
    select event, event, 'COMMITTED', 'local', '${type}', 'order-events', '${id}', '{}', '{}', now() from gen_random_uuid() event`;
  return [
    ...(Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((kind) => [
      `insert into orders (order_id, customer_id, status, cancel_reason, flow, amount_minor, currency, expires_at, created_at, version)
       values ('${ids[kind]}', 'c', '${kinds[kind]}', ${kind === 'cancelled' ? `'CUSTOMER'` : 'null'},
         '${kind === 'deducted' ? 'return-on-failure' : 'reserve-on-commit'}', 300, 'EUR',
         now() + interval '1 h', now(), 2)`,
      `insert into order_line (order_id, sku, position, quantity, unit_price_minor)
       values ('${ids[kind]}', 'cup', 1, 2, 100), ('${ids[kind]}', 'pot', 2, 1, 100)`,
      `insert into idempotency (key, request_hash, order_id, answer, created_at) values ('key-${kind}', 'h', '${ids[kind]}', '', now())`,
      ...(kind === 'deducted' ? [] : [event(ids[kind], 'order.placed')]),
    ]),
    `insert into mq.transaction_log (id, transaction_id, decision, decided_by)
     values ('${ids.deducted}', '${ids.deducted}', 'COMMITTED', 'local'), ('${ids.returned}', '${ids.returned}', 'ABORTED', 'check-back')`,
    `insert into return_intent (order_id, state, idempotency_key)
     values ('${ids.deducted}', 'KEPT', 'key-deducted'), ('${ids.returned}', 'RETURNED', null)`,
    event(ids.paid, 'order.paid'),
    event(ids.cancelled, 'order.cancelled'),
    `insert into payment (payment_id, order_id, amount_minor, currency, state, created_at)
     values ('p1', '${ids.paid}', 300, 'EUR', 'CAPTURED', now()), ('p2', '${ids.cancelled}', 300, 'EUR', 'REFUNDED', now())`,
  ];
}

/** Ten cups and ten pots came; two and one are sold, two and one reserved twice, what was cancelled or failed is back. */
function stockOf(ids: World['ids']): readonly string[] {
  const entries = (id: string, kind: string, debit: string, credit: string) =>
    `insert into stock_ledger (order_id, sku, kind, quantity, debit, credit)
     values ('${id}', 'cup', '${kind}', 2, '${debit}', '${credit}'), ('${id}', 'pot', '${kind}', 1, '${debit}', '${credit}')`;
  const reservation = (id: string, state: string, lines = true) => [
    `insert into reservation (order_id, state, reason) values ('${id}', '${state}', ${state === 'REFUSED' ? `'short'` : 'null'})`,
    ...(lines
      ? [`insert into reservation_line (order_id, sku, quantity) values ('${id}', 'cup', 2), ('${id}', 'pot', 1)`]
      : []),
  ];
  return [
    `insert into stock_ledger (order_id, sku, kind, quantity, debit, credit)
     select gen_random_uuid(), sku, 'RECEIVE', 10, 'AVAILABLE', 'SUPPLIER' from unnest(array['cup', 'pot']) sku`,
    `insert into stock (sku, total, available, reserved, sold) values ('cup', 10, 4, 4, 2), ('pot', 10, 7, 2, 1)`,
    ...reservation(ids.paid, 'SOLD'),
    ...reservation(ids.cancelled, 'RELEASED'),
    ...reservation(ids.rejected, 'REFUSED', false),
    ...reservation(ids.awaiting, 'RESERVED'),
    ...reservation(ids.deducted, 'RESERVED'),
    ...reservation(ids.returned, 'RELEASED'),
    ...[ids.paid, ids.cancelled, ids.awaiting, ids.deducted, ids.returned].map((id) =>
      entries(id, 'RESERVE', 'RESERVED', 'AVAILABLE'),
    ),
    entries(ids.paid, 'SELL', 'SOLD', 'RESERVED'),
    ...[ids.cancelled, ids.returned].map((id) => entries(id, 'RELEASE', 'AVAILABLE', 'RESERVED')),
  ];
}
