import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Journal } from '../support/journal.js';
import type { Stack } from '../support/stack.js';
import { familyOf, freeze, thaw } from './freeze.js';

export type Database = 'halfway_order' | 'halfway_inventory';

/** The role both services connect as. */
const role = 'halfway_app';

/** What can happen to PostgreSQL. Whatever it was, `heal` ends it. */
export class PostgresFaults {
  #frozen: readonly number[] = [];

  constructor(
    private readonly stack: Stack,
    private readonly journal: Journal,
  ) {}

  /** kill -9 of the server; its backends notice and end. The next start recovers from the log. */
  async kill(): Promise<void> {
    await this.stack.postgres.kill('SIGKILL');
    this.#tell('PostgreSQL is killed', 'fault');
  }

  async start(): Promise<void> {
    await this.stack.postgres.start();
    this.#tell('PostgreSQL is up', 'repair');
  }

  /** Shut down in order, sessions ended, and started again later. */
  async downFor(ms: number): Promise<void> {
    await this.stack.postgres.kill('SIGINT');
    this.#tell('PostgreSQL is stopped', 'fault');
    await pause(ms);
    await this.start();
  }

  /** The server and all its backends stand still, with their locks. */
  async freeze(): Promise<void> {
    const { postgres } = this.stack.pids;
    if (postgres === undefined) throw new Error('PostgreSQL does not run, so it cannot stand still.');
    await freeze(postgres); // first, so that no backend is born meanwhile
    this.#frozen = familyOf(postgres);
    await freeze(...this.#frozen);
    this.#tell('PostgreSQL stands still', 'fault');
  }

  thaw(): void {
    if (this.#frozen.length === 0) return;
    thaw(...this.#frozen);
    this.#frozen = [];
    this.#tell('PostgreSQL goes on', 'repair');
  }

  /** Ends the sessions of a service, in the middle of whatever they do. @returns how many */
  async terminateBackends(database: Database): Promise<number> {
    const ended = await this.#ask(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = $2',
      [database, role],
    );
    this.#tell(`${ended} sessions of ${database} are terminated`, 'fault');
    return ended;
  }

  /** No session of a service is left and none is given (53300), as when others have taken all of them. */
  async exhaustConnections(database: Database): Promise<void> {
    await this.#ask(`alter database ${database} connection limit 0`);
    await this.terminateBackends(database);
    this.#tell(`no connections are left for ${database}`, 'fault');
  }

  /** One database refuses connections (55000) and has none, the other works. */
  async close(database: Database): Promise<void> {
    await this.#ask(`alter database ${database} allow_connections false`);
    await this.terminateBackends(database);
    this.#tell(`${database} takes no connections`, 'fault');
  }

  /** It runs and takes everybody, whatever was done to it. */
  async heal(): Promise<void> {
    this.thaw();
    await this.stack.postgres.start();
    for (const database of ['halfway_order', 'halfway_inventory'] as const) {
      await this.#ask(`alter database ${database} allow_connections true`);
      await this.#ask(`alter database ${database} connection limit -1`);
    }
    this.#tell('PostgreSQL is whole', 'repair');
  }

  /** @returns the number of rows */
  async #ask(statement: string, values: readonly unknown[] = []): Promise<number> {
    const client = new pg.Client({ connectionString: this.stack.postgresAdminUrl, connectionTimeoutMillis: 5_000 });
    await client.connect();
    try {
      return (await client.query(statement, [...values])).rowCount ?? 0;
    } finally {
      await client.end();
    }
  }

  #tell(what: string, tone: 'fault' | 'repair'): void {
    this.journal.write({ who: 'demo', what, tone });
  }
}
