import { withDatabases, type AuditedDatabases } from '../audit/databases.js';
import { until } from '../support/until.js';

/** What the fault has left behind: begun before its end, and not at rest. */
const leftIn = {
  order: [
    'mq.transaction_log where next_attempt_at is not null and decided_at <= $1',
    `mq.parked_message where state = 'PARKED' and parked_at <= $1`,
    `orders where status = 'PENDING' and created_at <= $1`,
    `payment where state = 'REFUND_DUE' and created_at <= $1`,
    `return_intent where state = 'OPEN' and created_at <= $1`,
  ],
  inventory: [
    'mq.transaction_log where next_attempt_at is not null and decided_at <= $1',
    `mq.parked_message where state = 'PARKED' and parked_at <= $1`,
  ],
} as const;

/** Customers go on coming meanwhile, so that "nothing is under way" would say more about them. @returns milliseconds since */
export function untilConverged(databases: AuditedDatabases, since: number, withinMs: number): Promise<number> {
  return withDatabases(databases, async (read) => {
    const count = async (): Promise<number> => {
      let left = 0;
      for (const name of ['order', 'inventory'] as const) {
        const counts = leftIn[name].map((each) => `(select count(*) from ${each})`).join(' + ');
        const [row] = await read[name]<{ left: number }>(`select (${counts})::int as left`, [new Date(since)]);
        left += row?.left ?? 0;
      }
      return left;
    };
    await until('nothing is left of what the fault has met', count, (left) => left === 0, { withinMs, everyMs: 30 });
    return Date.now() - since;
  });
}
