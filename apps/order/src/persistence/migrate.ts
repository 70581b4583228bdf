import { Client } from 'pg';
import { migrationUrl } from './migration-url.js';
import dataSource from './data-source.js';

/** Any fixed number; two migrations of this database at a time would trip over each other. */
const LOCK = 4_730_001;

/** `npm run migrate`: brings the order database up to date and says what it did. */
async function migrate(): Promise<void> {
  const guard = new Client({ connectionString: migrationUrl(), connectionTimeoutMillis: 5_000 });
  await guard.connect();
  try {
    await guard.query('select pg_advisory_lock($1)', [LOCK]);
    await dataSource.initialize();
    const done = await dataSource.runMigrations({ transaction: 'each' });
    for (const { name } of done) process.stdout.write(`order database: applied ${name}\n`);
    if (!done.length) process.stdout.write('order database: up to date\n');
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    // The lock ends with its connection.
    await guard.end();
  }
}

try {
  await migrate();
} catch (error) {
  const reason = error instanceof Error ? error.message || error.name : String(error);
  process.stderr.write(
    `Cannot migrate the order database: ${reason}. Check ORDER_MIGRATION_DATABASE_URL (its role must own the database) and "npm run stack -- status".\n`,
  );
  process.exitCode = 1;
}
