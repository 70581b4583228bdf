import { isNativeError } from 'node:util/types';

/**
 * SQLSTATEs with which PostgreSQL says "not now" rather than "not this": 08 connection, 53 out of resources, 57P01–57P03
 * shut down or starting (https://www.postgresql.org/docs/17/errcodes-appendix.html), 25006 a primary that became a replica.
 */
const UNAVAILABLE = /^(08...|53...|57P0[1-4]|25006|25P03)$/;
const SOCKET = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;
// pg raises these without a code.
const PG_TEXT =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|query read timeout/i;

/** True when an error, or one of its causes, looks as if the database could not be reached. Looks: a probe must confirm it. */
export function looksUnreachable(error: unknown): boolean {
  // Not instanceof: Node's own errors come from another realm when this runs in a vm context, as under jest.
  for (let e: unknown = error, depth = 0; isNativeError(e) && depth < 8; e = e.cause, depth++) {
    const code = 'code' in e && typeof e.code === 'string' ? e.code : '';
    if (UNAVAILABLE.test(code) || SOCKET.test(code) || PG_TEXT.test(e.message)) return true;
    if ('errors' in e && Array.isArray(e.errors) && e.errors.some(looksUnreachable)) return true;
  }
  return false;
}

/** One line for a row or a log field: code and text, without line breaks, at most 1000 characters. */
export function describe(error: unknown): string {
  const text = isNativeError(error) ? `${error.name}: ${error.message}` : String(error);
  // Control characters out: text of strangers ends in logs and in a text column, which takes no NUL.
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').slice(0, 1000);
}

/** The stable code of an error, for a metric or a row: ours, PostgreSQL's or Node's; `ERROR` when it has none. */
export function codeOf(error: unknown): string {
  return isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : 'ERROR';
}

/** Doubling pause with full jitter in its upper half: 50–100 % of it. */
export function backOff(attempt: number, firstMs: number, atMostMs: number): number {
  const whole = Math.min(atMostMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(whole / 2 + (Math.random() * whole) / 2);
}
