import type { ReadBoth } from '../audit/databases.js';
import type { ByFlow, Flow } from '../support/flow.js';
import { now } from './placer.js';

/** The moment that the transaction which applies inventory's answer writes down. */
const settled: ByFlow<string> = {
  'reserve-on-commit': `select message_key as "orderId", (extract(epoch from acknowledged_at) * 1000)::float8 as at
       from mq.transaction_log
      where message_key = any($1) and event_type = 'order.placed' and decision = 'COMMITTED' and acknowledged_at is not null`,
  // The decision of an attempt has the id of its order.
  'return-on-failure': `select id as "orderId", (extract(epoch from decided_at) * 1000)::float8 as at
       from mq.transaction_log where id = any($1::uuid[]) and decision = 'COMMITTED'`,
};

/**
 * When inventory's answer was applied to each order, by PostgreSQL's clock (`acknowledged_at` of its order.placed; where stock is
 * deducted first, `decided_at` of its decision), moved to this process' clock. Polling GET would add its own period.
 */
export async function settledAt(
  read: ReadBoth,
  flow: Flow,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const aheadMs = await clockAhead(read);
  const rows = await read.order<{ orderId: string; at: number }>(settled[flow], [ids]);
  return new Map(rows.map(({ orderId, at }) => [orderId, at - aheadMs]));
}

/** How far the database's clock is ahead, from the quickest of some answers. Same machine, so next to nothing. */
async function clockAhead(read: ReadBoth): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, aheadMs: 0 };
  for (let attempt = 0; attempt < 10; attempt++) {
    const askedAt = now();
    const [row] = await read.order<{ at: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float8 as at',
    );
    const tookMs = now() - askedAt;
    if (row && tookMs < best.tookMs) best = { tookMs, aheadMs: row.at - (askedAt + tookMs / 2) };
  }
  return best.aheadMs;
}
