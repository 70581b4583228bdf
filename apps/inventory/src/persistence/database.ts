import pg, { type Pool } from 'pg';

/** Injection token, and the type, of the pool that the hot statements and the messaging share. */
export abstract class Database extends pg.Pool {}

/** More only queue up inside PostgreSQL. */
const CONNECTIONS = 10;
/** Then the answer is 503 instead of a queue without end. */
const CONNECT_WITHIN_MS = 3_000;

/**
 * Plans are made once per connection and kept. They must be right for the millionth order, also when they were made while
 * the tables were empty: there PostgreSQL would choose to scan them, and stay with it until the next ANALYZE.
 */
const PLANNING = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
];

export function openDatabase(url: string, log: { warn(facts: object, phrase: string): void }): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    application_name: 'halfway-inventory',
    keepAlive: true,
    // Statements of one transaction leave without waiting for each other's answers.
    pipeline: true,
    options: PLANNING.map((setting) => `-c ${setting}`).join(' '),
  });
  // An idle connection that PostgreSQL closes must not end the process; the pool opens another one.
  pool.on('error', (err) => log.warn({ err }, 'database connection lost'));
  return pool;
}
