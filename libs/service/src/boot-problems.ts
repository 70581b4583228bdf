import { EnvironmentError } from './environment.js';
import { withoutCredentials } from './logger.js';

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'The port is taken. Stop what uses it, or set another port.',
  ENOTFOUND: 'The host name is not known. Correct it in the URL, or the name server of this machine.',
  EAI_AGAIN: 'The host name cannot be looked up right now. Correct it in the URL, or the name server of this machine.',
  ETIMEDOUT: 'The host does not answer. Correct the URL, or open the way to it.',
  EHOSTUNREACH: 'There is no way to the host. Correct the URL, or the network.',
  ENETUNREACH: 'There is no way to the host. Correct the URL, or the network.',
  EACCES: 'The port may not be used. Set one above 1023.',
  '28P01': 'PostgreSQL refuses the password. Correct the user and password of the database URL.',
  '28000': 'PostgreSQL refuses the user. Correct the user of the database URL.',
  '3D000': 'The database does not exist. Create it, or correct the name in the database URL.',
  '42P01': 'A table is missing. Run "npm run migrate".',
  '42501': 'A right is missing in the database. Run "npm run migrate" as the owner of the tables.',
  '57P03': 'PostgreSQL is starting up. Start the service again in a moment.',
};

/** Why a service did not start, for a person: one text per problem, each with its remedy, never a stack. */
export function bootProblems(error: unknown, depth = 0): readonly string[] {
  if (error instanceof EnvironmentError) return error.problems.map(({ variable, text }) => `${variable} ${text}`);
  if (!(error instanceof Error)) return [withoutCredentials(String(error))];
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ECONNREFUSED') return [refused(error)];
  const inner: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  if (inner.length && depth < 3) return [...new Set(inner.flatMap((one) => bootProblems(one, depth + 1)))];
  const remedy = REMEDIES[code];
  return [withoutCredentials(remedy ? `${error.message}: ${remedy}` : error.message || error.name)];
}

function refused(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const where = typeof first === 'object' && first !== null ? first : {};
  const address = 'address' in where && 'port' in where ? `${String(where.address)}:${String(where.port)}` : 'a server';
  return `Nothing listens on ${address}. Start it ("npm run stack -- up"), or correct its URL or endpoint.`;
}
