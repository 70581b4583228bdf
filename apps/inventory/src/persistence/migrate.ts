import { readEnvironment } from '@halfway/service';
import pg from 'pg';
import { migrationUrl } from './database-url.js';

/** Any number, as long as it stays: whoever migrates this database takes this lock first. */
const LOCK = 4_730_002;

/** `npm run migrate`: brings the inventory database up to date, and says what it did. Two at a time take turns. */
async function migrate(): Promise<void> {
  // A wrong URL must be reported like any other problem, so this cannot be a static import: it reads the environment.
  const { default: dataSource } = await import('./data-source.js');
  const guard = new pg.Client({ connectionString: readEnvironment(migrationUrl), connectionTimeoutMillis: 5_000 });
  await guard.connect();
  try {
    await guard.query('select pg_advisory_lock($1)', [LOCK]);
    await dataSource.initialize();
    const done = await dataSource.runMigrations({ transaction: 'each' });
    for (const { name } of done) process.stdout.write(`inventory database: applied ${name}\n`);
    if (!done.length) process.stdout.write('inventory database: up to date\n');
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    // The lock ends with its connection.
    await guard.end();
  }
}

try {
  await migrate();
} catch (error) {
  const reason = (error instanceof Error ? error.message || error.name : String(error)).replace(/\.$/, '');
  process.stderr.write(
    `Cannot migrate the inventory database: ${reason}. Check INVENTORY_MIGRATION_DATABASE_URL (its role must own the database) and "npm run stack -- status".\n`,
  );
  process.exitCode = 1;
}
