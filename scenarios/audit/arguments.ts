import { parseArgs } from 'node:util';
import { asUsageError, UsageError } from '../support/usage-error.js';

export const usage = `npm run audit -- [options]

  --settled     wait until nothing is under way, then apply the strict rules
  --watch       look again and again until Ctrl-C; what appears and what goes is told once
  --every TIME  how long after the last look, e.g. 500ms, 10s (default), 1m; only with --watch
  --json        the findings as JSON on stdout; with --watch, one object a line
  --help        this text

Looks at ORDER_DATABASE_URL and INVENTORY_DATABASE_URL; default: the local stack on its documented port. Changes nothing.
Exit code: 0 every invariant holds, 1 one does not, 2 the command line was not understood.
With --watch: 1 when any look found a violation, or none could judge; a database that is away for a while is no violation.`;

export interface AuditArguments {
  readonly settled: boolean;
  readonly json: boolean;
  readonly help: boolean;
  /** Undefined: look once. */
  readonly everyMs?: number;
}

/** @throws UsageError */
export function parseAuditArguments(args: readonly string[]): AuditArguments {
  const { watch, every, settled, json, help } = parse(args);
  if (settled && watch) {
    throw new UsageError(`--settled and --watch exclude each other: a watch looks at a system that runs.\n\n${usage}`);
  }
  if (every !== undefined && !watch) throw new UsageError(`--every is for --watch.\n\n${usage}`);
  return { settled, json, help, ...(watch ? { everyMs: milliseconds(every ?? '10s') } : {}) };
}

const units = { ms: 1, s: 1_000, m: 60_000 } as const;
const least = 100;
const most = 3_600_000;

function milliseconds(text: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  // The pattern lets only these three through.
  const value = Number(count) * units[(unit ?? 's') as keyof typeof units];
  if (value >= least && value <= most) return value;
  throw new UsageError(`--every must be from 100ms to 60m, with its unit: "${text}" is not.\n\n${usage}`);
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        settled: flag,
        watch: flag,
        every: { type: 'string' },
        json: flag,
        help: { ...flag, short: 'h' },
      },
    }).values;
  } catch (error) {
    throw asUsageError(error, usage);
  }
}
