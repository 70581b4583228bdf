import type { Pool } from 'pg';
import type { Tell } from '../journal/step.js';
import type { LocalTransaction } from '../local-transaction.js';
import type { MqTimings } from '../mq.config.js';
import { TransactionInDoubtError } from '../mq.errors.js';
import type { RecordedEvent } from './event.js';
import { PgLocalTransaction, type Publishing } from './pg-local-transaction.js';
import { PgTransaction } from './pg-transaction.js';
import type { Resolution, Resolver } from './resolve.js';
import { fencedOr, recordDecision } from './transaction-log.js';

/** Local transactions outside of a request: handlers and jobs. What is published in it is sent after the commit. */
export abstract class LocalTransactions {
  /**
   * Runs `work` in one READ COMMITTED transaction. Not repeated on failure: retries live at the edge and in the sweeper.
   * @throws what `work` threw, or PostgreSQL's error; the transaction is rolled back then.
   * @throws TransactionInDoubtError when the answer to COMMIT is lost. The work may be done: repeat it only if that is safe.
   */
  abstract run<R>(work: (tx: LocalTransaction) => Promise<R>): Promise<R>;

  /**
   * As `run`, with a decision row `id` that is committed with the work or not at all: for work whose end somebody will ask for
   * with `decisionOf(id)`, a `@CheckBack` method above all.
   * @param id a uuidv7, new for every attempt and never used again; its time tells how old the attempt is.
   * @throws TransactionFencedError when `decisionOf` took it for dead meanwhile; nothing was done.
   * @throws TransactionInDoubtError when the answer to COMMIT is lost and the decision cannot be read; `decisionOf` will tell.
   */
  abstract decide<R>(id: string, work: (tx: LocalTransaction) => Promise<R>): Promise<R>;

  /**
   * How `decide(id, …)` ended. Where nothing is recorded and the id is older than `fenceAfterMs`, it is made impossible first: a
   * tombstone takes the key, so that a slow transaction dies on it. "Not found" alone would be a guess, because the row of a
   * running transaction is invisible. `unknown`: young, running this very moment, or the database cannot be asked. Never rejects.
   * @param by who asks, for the record.
   */
  abstract decisionOf(id: string, by?: 'check-back' | 'sweeper'): Promise<Resolution['decision']>;

  /**
   * As `decisionOf`, for who knows that the attempt `id` shall not succeed any more: its age does not count. `COMMITTED` when it
   * has succeeded already, `unknown` while it is running or the database cannot be asked. Never rejects.
   */
  abstract abort(id: string): Promise<Resolution['decision']>;
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
    private readonly tell?: Tell,
  ) {
    super();
  }

  run<R>(work: (tx: LocalTransaction) => Promise<R>): Promise<R> {
    return this.#run(work);
  }

  async decide<R>(id: string, work: (tx: LocalTransaction) => Promise<R>): Promise<R> {
    try {
      const value = await this.#run(work, id);
      this.tell?.('local transaction committed', { transactionId: id });
      return value;
    } catch (err) {
      if (!(err instanceof TransactionInDoubtError))
        this.tell?.('local transaction rolled back', { transactionId: id, err });
      throw err;
    }
  }

  async decisionOf(id: string, by: 'check-back' | 'sweeper' = 'check-back'): Promise<Resolution['decision']> {
    const found = await this.resolver?.resolve(id, by);
    return found?.decision ?? 'unknown';
  }

  async abort(id: string): Promise<Resolution['decision']> {
    const found = await this.resolver?.resolve(id, 'local');
    return found?.decision ?? 'unknown';
  }

  async #run<R>(work: (tx: LocalTransaction) => Promise<R>, id?: string): Promise<R> {
    const transaction = await PgTransaction.begin(this.pool, this.timings);
    const tx = new PgLocalTransaction(transaction, this.publishing, id);
    let value: R;
    try {
      // First: it takes the key early, so that who asks meanwhile finds it locked.
      if (id !== undefined) await recordDecision(transaction, id);
      value = await work(tx);
      await tx.close();
    } catch (error) {
      await tx.close();
      await transaction.rollback();
      throw id === undefined ? error : fencedOr(error, id);
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
