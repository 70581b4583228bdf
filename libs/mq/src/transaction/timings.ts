import type { MqTimings } from '../mq.config.js';
import { ConfigurationError } from '../mq.errors.js';

/** The timer budget, in one place. Outside of it: how long callers wait for an answer; 10 s lies well between idle and fence. */
export const DEFAULT_TIMINGS: MqTimings = {
  requestMs: 3_000,
  statementMs: 3_000,
  lockMs: 1_000,
  idleInTransactionMs: 5_000,
  fenceAfterMs: 30_000,
  resendAfterMs: 15_000,
  resendAtMostMs: 300_000,
  sweepEveryMs: 1_000,
  leaseMs: 10_000,
  retryInLaneMs: 2_000,
  parkedAfterMs: 1_000,
  parkedAtMostMs: 60_000,
  parkedAttempts: 20,
  drainMs: 15_000,
};

/** The proxy refuses shorter invisible times (40011). */
const SHORTEST_LEASE_MS = 10_000;

/**
 * Fills in the defaults and verifies the budget:
 * half message < statement + lock < idle in transaction < fence, so that each limit is the one that speaks first.
 * @throws ConfigurationError naming all problems at once.
 */
export function checkTimings(given: Partial<MqTimings> = {}): MqTimings {
  const t = { ...DEFAULT_TIMINGS, ...given };
  const problems: string[] = [];
  for (const [name, value] of Object.entries(t)) {
    if (!Number.isSafeInteger(value) || value < 1 || value > 2_147_483_647) {
      problems.push(`${name} is ${value}: give a whole number from 1 to 2147483647`);
    }
  }
  const below = (low: string, lowMs: number, high: string, highMs: number): void => {
    if (!(lowMs < highMs)) problems.push(`${low} (${lowMs}) must be below ${high} (${highMs})`);
  };
  below('requestMs', t.requestMs, 'statementMs + lockMs', t.statementMs + t.lockMs);
  below('statementMs + lockMs', t.statementMs + t.lockMs, 'idleInTransactionMs', t.idleInTransactionMs);
  below('idleInTransactionMs', t.idleInTransactionMs, 'fenceAfterMs', t.fenceAfterMs);
  below('sweepEveryMs', t.sweepEveryMs, 'resendAfterMs', t.resendAfterMs);
  below('resendAfterMs', t.resendAfterMs, 'resendAtMostMs', t.resendAtMostMs);
  below('retryInLaneMs', t.retryInLaneMs, 'leaseMs', t.leaseMs);
  below('parkedAfterMs', t.parkedAfterMs, 'parkedAtMostMs', t.parkedAtMostMs);
  if (t.leaseMs < SHORTEST_LEASE_MS) problems.push(`leaseMs (${t.leaseMs}) must be at least ${SHORTEST_LEASE_MS}`);
  if (problems.length > 0) {
    throw new ConfigurationError(
      'MQ_TIMINGS',
      `The timings do not fit: ${problems.join('; ')}. Correct them in "timings" (MQ_TIMINGS, where a service takes them from there).`,
    );
  }
  return t;
}

/**
 * Reads timings from one text, `name=ms` with commas between them; `checkTimings` judges the values.
 * @throws ConfigurationError for a name that is none, a value that is no number, or a name that is there twice.
 */
export function readTimings(text: string): Partial<MqTimings> {
  const timings = new Map<string, number>();
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, name = '', ms] = /^([a-zA-Z]+)=([0-9]{1,10})$/.exec(part) ?? [];
    if (!Object.hasOwn(DEFAULT_TIMINGS, name) || timings.has(name)) {
      throw new ConfigurationError(
        'MQ_TIMINGS',
        `"${part.slice(0, 60)}" is no timing, or there twice. Write "name=ms,name=ms" with names from ${Object.keys(DEFAULT_TIMINGS).join(', ')}.`,
      );
    }
    timings.set(name, Number(ms));
  }
  return Object.fromEntries(timings);
}
