import type { LoggerService } from '@nestjs/common';
import { pino, type DestinationStream, type Logger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export interface LoggerOptions {
  /** The service, in every line as `service`. */
  readonly name: string;
  /** One of `LOG_LEVELS`. Hot paths write at debug only. */
  readonly level: string;
}

const SECRETS = ['password', 'secretKey', 'accessKey', 'authorization', 'cookie', 'token', 'connectionString'];
const CREDENTIALS_IN_URL = /(\/\/[^/\s:@]+:)[^@\s/]+@/g;
/** Causes are followed this far: a longer chain is a loop. */
const MAX_CAUSES = 5;

/** JSON lines on stdout: a line break in a value is escaped, so one event is always one line. Secrets are removed. */
export function createLogger(options: LoggerOptions, destination?: DestinationStream): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.name },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRETS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[removed]' },
      serializers: { err: describeError, error: describeError },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
}

interface DescribedError {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
}

/**
 * What is worth logging of an error. Not its other fields: PostgreSQL puts whole rows into `detail`, drivers put
 * connection settings into theirs.
 */
function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutCredentials(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const cause = error instanceof AggregateError ? error.errors[0] : error.cause;
  return {
    type: error.name,
    ...(code ? { code } : {}),
    message: withoutCredentials(error.message),
    ...(error.stack ? { stack: withoutCredentials(error.stack) } : {}),
    ...(cause !== undefined && depth < MAX_CAUSES ? { cause: describeError(cause, depth + 1) } : {}),
  };
}

/** Replaces the password of every URL in a text. */
export function withoutCredentials(text: string): string {
  return text.replace(CREDENTIALS_IN_URL, '$1***@');
}

/** Contexts that log a failed start: whoever called `createService` gets the same error, and reports it with its remedy. */
const REPEATED = new Set(['ExceptionHandler', 'NestApplication', 'TypeOrmModule']);

/** Nest's own lines in the same form; its chatter about modules and routes is for debugging. */
export class NestLog implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(text: unknown, ...about: unknown[]): void {
    this.logger.debug(facts(about), String(text));
  }
  debug(text: unknown, ...about: unknown[]): void {
    this.logger.debug(facts(about), String(text));
  }
  verbose(text: unknown, ...about: unknown[]): void {
    this.logger.trace(facts(about), String(text));
  }
  warn(text: unknown, ...about: unknown[]): void {
    this.logger.warn(facts(about), String(text));
  }
  error(text: unknown, ...about: unknown[]): void {
    if (REPEATED.has(String(about.at(-1)))) return this.debug(text, ...about);
    this.logger.error({ ...facts(about), ...(text instanceof Error ? { err: text } : {}) }, String(text));
  }
  fatal(text: unknown, ...about: unknown[]): void {
    this.logger.fatal(facts(about), String(text));
  }
}

/** Nest passes the context last, and for errors a stack before it. */
function facts(about: readonly unknown[]): object {
  const [context, ...rest] = about.toReversed();
  return { context, ...(rest.length ? { about: rest } : {}) };
}
