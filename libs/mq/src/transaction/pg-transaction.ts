import pg, { type Pool, type PoolClient, type QueryResult } from 'pg';
import type { Rows, Statement } from '../local-transaction.js';
import type { MqTimings } from '../mq.config.js';
import { StatementSwallowedError } from '../mq.errors.js';

/**
 * One PostgreSQL transaction on a connection of its own, and an honest answer about how it ended:
 *
 *   open ──commit()──▶ committed     the server said COMMIT
 *     │          ├───▶ aborted       the server said ERROR, or ROLLBACK because a statement had failed before
 *     │          └───▶ in doubt      COMMIT was sent and no definite answer came: it may or may not be committed
 *     ├──rollback()──▶ aborted
 *     └──connection lost before COMMIT was sent ──▶ aborted: without COMMIT nothing is ever committed
 *
 * A connection that failed in any way but a plain server error is destroyed, never returned to the pool: nobody knows what
 * its backend still holds.
 *
 * On a pool with `pipeline: true` statements leave without waiting for the answer to the one before.
 */
export type Ending =
  | { readonly kind: 'committed' }
  | { readonly kind: 'aborted'; readonly error: unknown }
  | { readonly kind: 'in-doubt'; readonly error: unknown };

type Limits = Pick<MqTimings, 'statementMs' | 'lockMs' | 'idleInTransactionMs'>;

/** On top of statement_timeout: past it no answer will come, the connection hangs. */
const ANSWER_MARGIN_MS = 1_000;

/** Connections whose limits are set. Session-wide, because `set local` would cost every transaction what this costs once. */
const limited = new WeakSet<PoolClient>();

export class PgTransaction {
  #broken: unknown;
  #over = false;
  /** First failure of a statement that was sent without waiting. */
  #unheard: unknown;
  readonly #onError = (error: Error): void => void (this.#broken ??= error);

  private constructor(
    private readonly client: PoolClient,
    private readonly answerWithinMs: number,
    private readonly onCommitted?: () => Promise<void> | void,
  ) {
    // Without a listener a connection that is lost while it is ours would end the process.
    client.on('error', this.#onError);
  }

  /**
   * @param onCommitted a crash point between COMMIT and its answer.
   * @throws when there is no connection or BEGIN failed; nothing was begun then.
   */
  static async begin(pool: Pool, limits: Limits, onCommitted?: () => Promise<void> | void): Promise<PgTransaction> {
    const client = await pool.connect();
    const transaction = new PgTransaction(client, limits.statementMs + ANSWER_MARGIN_MS, onCommitted);
    try {
      if (!limited.has(client)) {
        await transaction.query(
          `set statement_timeout = ${limits.statementMs}; set lock_timeout = ${limits.lockMs};
           set idle_in_transaction_session_timeout = ${limits.idleInTransactionMs}`,
        );
        limited.add(client);
      }
      // Always waited for: if BEGIN failed, what was sent right behind it would commit by itself, statement by statement.
      await transaction.query('begin isolation level read committed');
      return transaction;
    } catch (error) {
      transaction.#release(true);
      throw error;
    }
  }

  async query<R = Record<string, unknown>>(
    statement: Statement | string,
    values?: readonly unknown[],
  ): Promise<Rows<R>> {
    const result = await this.#ask(statement, values);
    // What a row looks like is the statement's business; the caller wrote both.
    return { rows: result.rows as R[], rowCount: result.rowCount ?? 0 };
  }

  /**
   * As `query`, for a statement inside the transaction whose only possible news is a failure: on a pipelined connection it
   * is not waited for. A failure aborts the transaction on the server, so that every later statement fails too.
   */
  async send(statement: string): Promise<void> {
    const answer = this.#ask(statement);
    if (!this.client.pipeline) {
      await answer;
      return;
    }
    // Told by the statements after it, and by commit().
    answer.catch((error: unknown) => void (this.#unheard ??= error));
  }

  /** True when the connection is gone, and the transaction with it. */
  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** Never throws. The connection is given back or destroyed. */
  async commit(): Promise<Ending> {
    if (this.#broken !== undefined) {
      this.#release(true);
      return { kind: 'aborted', error: this.#broken };
    }
    try {
      const { command } = await this.#ask('commit');
      if (this.onCommitted) await this.onCommitted();
      this.#release(false);
      // COMMIT of a transaction in which a statement failed is answered with ROLLBACK, and no error.
      if (command === 'COMMIT') return { kind: 'committed' };
      return { kind: 'aborted', error: this.#unheard ?? new StatementSwallowedError() };
    } catch (error) {
      const definite = isServerError(error);
      this.#release(true);
      return { kind: definite ? 'aborted' : 'in-doubt', error };
    }
  }

  /** Never throws: if the server does not hear of it, it notices that the connection is gone. */
  async rollback(): Promise<void> {
    if (this.#over) return;
    if (this.broken) return this.#release(true);
    try {
      await this.#ask('rollback');
      this.#release(false);
    } catch {
      // Without its connection the backend rolls back by itself.
      this.#release(true);
    }
  }

  #ask(statement: Statement | string, values?: readonly unknown[]): Promise<QueryResult> {
    if (this.#over) return Promise.reject(new Error('This transaction is over. Await everything that uses it.'));
    const config = {
      ...(typeof statement === 'string' ? { text: statement } : statement),
      ...(values ? { values: [...values] } : {}),
      // pg honours it per query; its types know it only for the client.
      query_timeout: this.answerWithinMs,
    };
    return this.client.query(config).catch((error: unknown) => {
      if (!isServerError(error)) this.#broken ??= error;
      throw error;
    });
  }

  #release(destroy: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.client.off('error', this.#onError);
    // A listener of the pool takes over for a healthy connection; a destroyed one may still report its own end.
    if (destroy || this.broken) this.client.on('error', () => undefined);
    this.client.release(destroy || this.broken);
  }
}

/**
 * PostgreSQL answered ERROR: the statement had no effect, and a COMMIT so answered is aborted. Anything else (FATAL, PANIC,
 * a lost connection, no answer in time, a severity in another language) leaves the outcome open.
 */
export function isServerError(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && error.severity === 'ERROR' && error.code !== '40003';
}
