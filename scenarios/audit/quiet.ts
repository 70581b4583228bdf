import { until, type Patience } from '../support/until.js';
import { withDatabases, type AuditedDatabases, type ReadBoth } from './databases.js';

/** What still has to happen before the strict rules apply. */
export interface UnderWay {
  /** Events of both services that are not acknowledged end to end. */
  readonly events: number;
  /** Orders that wait for inventory. */
  readonly pending: number;
  readonly refundsDue: number;
  /** Attempts that may have deducted stock for an order that does not stand (yet). */
  readonly returns: number;
  /** Messages that failed and are tried again by and by. */
  readonly parked: number;
}

const unacknowledged = `select count(*)::int as count from mq.transaction_log where next_attempt_at is not null`;
const parked = `select count(*)::int as count from mq.parked_message where state = 'PARKED'`;
const pending = `select count(*)::int as count from orders where status = 'PENDING'`;
const returnsDue = `select count(*)::int as count from return_intent where state = 'OPEN'`;
const refundsDue = `select count(*)::int as count from payment where state = 'REFUND_DUE'`;

/** Waits until nothing is under way. Orders that wait for their payment are at rest. @throws NotInTimeError */
export function untilQuiet(databases: AuditedDatabases, patience: Patience = {}): Promise<UnderWay> {
  return withDatabases(databases, (read) =>
    until('nothing is under way', () => underWay(read), isQuiet, { withinMs: 60_000, everyMs: 50, ...patience }),
  );
}

export async function underWay(read: ReadBoth): Promise<UnderWay> {
  const count = async (database: 'order' | 'inventory', sql: string): Promise<number> => {
    const [row] = await read[database]<{ count: number }>(sql);
    return row?.count ?? 0;
  };
  // One after the other: a connection of pg does one thing at a time.
  const events = await count('order', unacknowledged);
  const replies = await count('inventory', unacknowledged);
  const orders = await count('order', pending);
  const refunds = await count('order', refundsDue);
  const returns = await count('order', returnsDue);
  const messages = (await count('order', parked)) + (await count('inventory', parked));
  return { events: events + replies, pending: orders, refundsDue: refunds, returns, parked: messages };
}

const isQuiet = (seen: UnderWay): boolean => Object.values(seen).every((count) => count === 0);
