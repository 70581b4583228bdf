import { isNativeError } from 'node:util/types';

/**
 * Tells "the database cannot be used right now" from "the request or the program is wrong". The answer is 503 with
 * Retry-After: nothing was decided, or what was decided is found again by the same Idempotency-Key.
 */

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** SQLSTATE classes and codes, https://www.postgresql.org/docs/17/errcodes-appendix.html */
const SQLSTATE = [
  /^08/, // connection exception
  /^53/, // insufficient resources: disk full, out of memory, too many connections
  /^57P0/, // shutdown, crash, cannot connect now, database dropped, idle session
  /^58/, // I/O error
  /^57014$/, // statement_timeout
  /^55000$/, // the database takes no connections (ALTER DATABASE … ALLOW_CONNECTIONS false)
  /^55P03$/, // lock_timeout
  /^25P0[34]$/, // idle in transaction, transaction_timeout
  /^25006$/, // read-only: a standby, or a failover under way
  /^40/, // serialisation failure, deadlock
];

/**
 * Without a code: what `pg` raises (8.23, lib/client.js and pg-pool/index.js), and TypeORM about a connection that ended between
 * two of its queries (1.1, QueryRunnerAlreadyReleasedError).
 */
const DRIVER =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Cannot use a pool after calling end|Query read timeout|Query runner already released|timeout expired)/;

export function isDatabaseUnavailable(error: unknown, depth = 0): boolean {
  // Also an error of another realm: Node's own ones are not instances of jest's Error.
  if (!isNativeError(error) || depth > 5) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (NETWORK.has(code) || DRIVER.test(error.message)) return true;
  if (code.length === 5 && SQLSTATE.some((pattern) => pattern.test(code))) return true;
  const inner: readonly unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [error.cause];
  return inner.some((cause) => isDatabaseUnavailable(cause, depth + 1));
}
