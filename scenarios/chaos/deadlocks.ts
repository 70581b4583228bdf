import { withDatabases, type AuditedDatabases } from '../audit/databases.js';

/** Transactions that PostgreSQL has ended for the sake of others, in both databases, so far. Handled again they succeed, so nothing else shows them. */
export function deadlocks(databases: AuditedDatabases): Promise<number> {
  return withDatabases(databases, async (read) => {
    const sql = 'select deadlocks::int as count from pg_stat_database where datname = current_database()';
    const [order] = await read.order<{ count: number }>(sql);
    const [inventory] = await read.inventory<{ count: number }>(sql);
    return (order?.count ?? 0) + (inventory?.count ?? 0);
  });
}
