import type { LocalTransaction, LocalTransactions, Verdict } from '@halfway/mq';

/** The core system of the three transactional examples: one table, and a way to ask how a transaction ended. */
export const ordersTable = [
  'create table orders (order_id uuid primary key, status text not null)',
  'grant select, insert, update on orders to halfway_app',
] as const;

export const insertOrder = (tx: LocalTransaction, orderId: string) =>
  tx.query('insert into orders (order_id, status) values ($1, $2)', [orderId, 'PLACED']);

/** The final result of the local transaction, from the row that was committed with it or not at all. */
export async function verdictOn(transactions: LocalTransactions, orderId: string): Promise<Verdict> {
  const decision = await transactions.decisionOf(orderId);
  if (decision === 'unknown') return 'unknown';
  return decision === 'COMMITTED' ? 'commit' : 'rollback';
}
