import { setTimeout as pause } from 'node:timers/promises';
import { audit, type Audit, type AuditOptions } from './audit.js';
import type { Finding } from './invariant.js';

/** One look at a system that runs. */
export interface Pass {
  /** ISO 8601, when it began. */
  readonly at: string;
  readonly tookMs: number;
  readonly result: Judged | NotJudged;
}

export interface Judged {
  readonly judged: true;
  readonly audit: Audit;
  /** Broken now, and not at the last look that could judge. */
  readonly appeared: readonly Finding[];
  /** The other way round. */
  readonly gone: readonly Finding[];
}

/** A database was away. That says nothing about what is in it: neither that all is well nor that something is not. */
export interface NotJudged {
  readonly judged: false;
  readonly reason: string;
}

export interface WatchOptions extends Omit<AuditOptions, 'settled'> {
  /** From the end of one look to the next; default 10 000. */
  readonly everyMs?: number;
  /** Ends the watch at once, also in the middle of a look. */
  readonly signal?: AbortSignal;
}

/** Audits again and again by the rules for a running system, until `signal`. Nothing is thrown. */
export async function* watchAudit({ everyMs = 10_000, signal, ...options }: WatchOptions): AsyncGenerator<Pass, void> {
  const aborted = new Promise<undefined>((resolve) => signal?.addEventListener('abort', () => resolve(undefined)));
  let before: readonly Finding[] = [];
  while (!signal?.aborted) {
    const startedAt = performance.now();
    const at = new Date().toISOString();
    const result = await Promise.race([look(options, before), aborted]);
    if (!result || signal?.aborted) return;
    if (result.judged) before = brokenIn(result.audit);
    yield { at, tookMs: performance.now() - startedAt, result };
    await rest(everyMs, signal);
  }
}

async function rest(everyMs: number, signal?: AbortSignal): Promise<void> {
  // The only way in which it fails: the watch is over.
  await pause(everyMs, undefined, { signal }).catch(() => undefined);
}

async function look(options: Omit<AuditOptions, 'settled'>, before: readonly Finding[]): Promise<Judged | NotJudged> {
  try {
    const report = await audit({ answerWithinMs: 15_000, ...options, settled: false });
    const broken = brokenIn(report);
    return { judged: true, audit: report, appeared: without(broken, before), gone: without(before, broken) };
  } catch (error) {
    return { judged: false, reason: reasonOf(error) };
  }
}

const brokenIn = ({ findings }: Audit): readonly Finding[] => findings.filter(({ holds }) => !holds);

function without(some: readonly Finding[], others: readonly Finding[]): readonly Finding[] {
  const ids = new Set(others.map(({ id }) => id));
  return some.filter(({ id }) => !ids.has(id));
}

/** Node's error for an address with several families has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
