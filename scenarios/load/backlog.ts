import pg from 'pg';
import type { AuditedDatabases } from '../audit/databases.js';

/** Accepted orders that inventory has not settled, and attempts that may still hold stock, at most. About a second's work of the services on two cores. */
const bound = 1_000;
const everyMs = 100;

/**
 * Keeps an eye on what is still owed: events that are not acknowledged, and, where stock is deducted first, intents that are not
 * closed. Both counts walk a small partial index, so watching costs little.
 */
export class Backlog {
  readonly #client: pg.Client;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #size = 0;
  #largest = 0;

  constructor({ orderDatabaseUrl }: AuditedDatabases) {
    this.#client = new pg.Client({ connectionString: orderDatabaseUrl, application_name: 'halfway-load' });
  }

  async watch(): Promise<void> {
    await this.#client.connect();
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    }, everyMs);
  }

  get isFull(): boolean {
    return this.#size >= bound;
  }

  get largest(): number {
    return this.#largest;
  }

  reset(): void {
    this.#largest = 0;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#client.end();
  }

  async #look(): Promise<void> {
    const { rows } = await this.#client.query<{ count: number }>(
      `select ((select count(*) from mq.transaction_log where next_attempt_at is not null)
             + (select count(*) from return_intent where next_attempt_at is not null))::int as count`,
    );
    this.#size = rows[0]?.count ?? 0;
    this.#largest = Math.max(this.#largest, this.#size);
  }
}
