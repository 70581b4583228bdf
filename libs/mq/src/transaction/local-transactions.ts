import type { Pool } from 'pg';
import type { LocalTransaction } from '../local-transaction.js';
import type { MqTimings } from '../mq.config.js';
import { TransactionInDoubtError } from '../mq.errors.js';
import type { RecordedEvent } from './event.js';
import { PgLocalTransaction, type Publishing } from './pg-local-transaction.js';
import { PgTransaction } from './pg-transaction.js';
import type { Resolver } from './resolve.js';

/** Local transactions outside of a request: handlers and jobs. What is published in it is sent after the commit. */
export abstract class LocalTransactions {
  /**
   * Runs `work` in one READ COMMITTED transaction. Not repeated on failure: retries live at the edge and in the sweeper.
   * @throws what `work` threw, or PostgreSQL's error; the transaction is rolled back then.
   * @throws TransactionInDoubtError when the answer to COMMIT is lost. The work may be done: repeat it only if that is safe.
   */
  abstract run<R>(work: (tx: LocalTransaction) => Promise<R>): Promise<R>;
}

/** `forward` sends what was published; it must not throw, because a failure is the sweeper's to repair. */
export class PgLocalTransactions extends LocalTransactions {
  constructor(
    private readonly pool: Pool,
    private readonly timings: MqTimings,
    private readonly publishing: Publishing,
    private readonly forward: (events: readonly RecordedEvent[]) => Promise<void>,
    /** For transactions that published; without it they stay in doubt. */
    private readonly resolver?: Resolver,
  ) {
    super();
  }

  async run<R>(work: (tx: LocalTransaction) => Promise<R>): Promise<R> {
    const transaction = await PgTransaction.begin(this.pool, this.timings);
    const tx = new PgLocalTransaction(transaction, this.publishing);
    let value: R;
    try {
      value = await work(tx);
      await tx.close();
    } catch (error) {
      await tx.close();
      await transaction.rollback();
      throw error;
    }
    const ending = await transaction.commit();
    if (ending.kind === 'aborted') throw ending.error;
    if (ending.kind === 'in-doubt') await this.#resolve(tx.transactionId, ending.error);
    if (tx.published.length > 0) await this.forward(tx.published);
    return value;
  }

  /** Returns when it turns out committed. What published nothing left no row to ask for. */
  async #resolve(transactionId: string | undefined, error: unknown): Promise<void> {
    const found = transactionId === undefined ? undefined : await this.resolver?.settle(transactionId);
    if (found?.decision === 'COMMITTED') return;
    if (found?.decision === 'ABORTED') throw error;
    throw new TransactionInDoubtError(transactionId ?? 'without events', error);
  }
}
