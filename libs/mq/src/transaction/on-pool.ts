import type { Pool, QueryResultRow } from 'pg';
import type { Statement } from '../local-transaction.js';
import type { Runs } from './transaction-log.js';

/**
 * Single statements, each its own transaction, on any connection of the pool.
 * @param answerWithinMs milliseconds after which a connection without an answer is given up.
 */
export function onPool(pool: Pool, answerWithinMs: number): Runs {
  return {
    async query<R>(statement: Statement, values: readonly unknown[]) {
      // pg honours query_timeout per query; its types know it only for the client.
      const config = { ...statement, values: [...values], query_timeout: answerWithinMs };
      const { rows, rowCount } = await pool.query<QueryResultRow>(config);
      // What a row looks like is the statement's business; the caller wrote both.
      return { rows: rows as R[], rowCount: rowCount ?? 0 };
    },
  };
}
