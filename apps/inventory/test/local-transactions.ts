import type { LocalTransactions } from '@halfway/mq';
import type { Pool } from 'pg';
import { PgLocalTransactions } from '../../../libs/mq/src/transaction/local-transactions.js';
import type { Resolver } from '../../../libs/mq/src/transaction/resolve.js';
import { DEFAULT_TIMINGS } from '../../../libs/mq/src/transaction/timings.js';

/** The library's own, with production limits. */
export function localTransactionsOn(pool: Pool): LocalTransactions {
  const publishing = { source: 'inventory', topics: new Map(), resendAfterMs: DEFAULT_TIMINGS.resendAfterMs };
  // Only asked how a transaction ended that published something; the inventory's handlers never do.
  const resolver = {} as Resolver;
  return new PgLocalTransactions(pool, DEFAULT_TIMINGS, publishing, async () => undefined, resolver);
}
