import { isNativeError } from 'node:util/types';
import { Client } from 'pg';
import type { DataSource } from 'typeorm';

export interface MigrationOptions {
  /** Whose database, e.g. `order`. */
  readonly name: string;
  /** The environment variable that names its owner's URL. */
  readonly variable: string;
  /** The owner's URL. */
  readonly url: () => string;
  /** Any number, as long as it stays: whoever migrates this database takes this lock first. */
  readonly lock: number;
  /** Imported late, because it reads the environment: a wrong URL must be reported like any other problem. */
  readonly dataSource: () => Promise<DataSource>;
}

/** `npm run migrate` of one service: brings its database up to date, and says what it did. Two at a time take turns. */
export async function runMigrations(options: MigrationOptions): Promise<void> {
  const { name, variable } = options;
  try {
    const done = await migrate(options);
    for (const migration of done) process.stdout.write(`${name} database: applied ${migration}\n`);
    if (!done.length) process.stdout.write(`${name} database: up to date\n`);
  } catch (error) {
    const reason = (isNativeError(error) ? error.message || error.name : String(error)).replace(/\.$/, '');
    process.stderr.write(
      `Cannot migrate the ${name} database: ${reason}. Check ${variable} (its role must own the database) and "npm run stack -- status".\n`,
    );
    process.exitCode = 1;
  }
}

async function migrate({ url, lock, dataSource }: MigrationOptions): Promise<readonly string[]> {
  const guard = new Client({ connectionString: url(), connectionTimeoutMillis: 5_000 });
  await guard.connect();
  try {
    await guard.query('select pg_advisory_lock($1)', [lock]);
    const source = await dataSource();
    try {
      await source.initialize();
      const done = await source.runMigrations({ transaction: 'each' });
      return done.map((migration) => migration.name);
    } finally {
      if (source.isInitialized) await source.destroy();
    }
  } finally {
    // The lock ends with its connection.
    await guard.end();
  }
}
