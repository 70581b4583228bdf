import type { Pool } from 'pg';
import { type LocalTransactions, PgLocalTransactions } from './local-transactions.js';
import type { Resolver } from './resolve.js';
import { DEFAULT_TIMINGS } from './timings.js';

/** The real local transactions with production limits, for tests of handlers that publish nothing (replies are no publishing). */
export function localTransactionsOn(pool: Pool): LocalTransactions {
  const publishing = { source: 'test', topics: new Map(), resendAfterMs: DEFAULT_TIMINGS.resendAfterMs };
  // It is only asked how a transaction ended that published something, and without topics nothing can be published.
  const resolver = {} as Resolver;
  return new PgLocalTransactions(pool, DEFAULT_TIMINGS, publishing, async () => undefined, resolver);
}
