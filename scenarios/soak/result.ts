import type { Audit } from '../audit/audit.js';
import type { Violation } from '../history/convict.js';
import { table } from '../report/table.js';
import type { Check } from '../support/checks.js';
import { Checks } from '../support/checks.js';
import type { SoakArguments } from './arguments.js';
import type { Observed } from './observer.js';
import type { Damage } from './saboteur.js';
import { gauges } from './sampler.js';
import { isFlat, type Trend } from './trend.js';

/** What a run found, before anybody judges it. */
export interface Findings {
  readonly asked: Pick<SoakArguments, 'minutes' | 'rate' | 'seed'>;
  /** Orders that a client was told of. */
  readonly acknowledged: number;
  readonly requests: number;
  readonly customers: Readonly<Record<string, number>>;
  readonly turnedAway: number;
  readonly damage: Damage;
  readonly restarts: number;
  readonly observed: Observed;
  /** In the end, when all was quiet. */
  readonly audit: Audit;
  readonly history: readonly Violation[];
  /** What was waited for, a line each. */
  readonly deadlocks: readonly string[];
  readonly trends: readonly Trend[];
  /** From the last repair until nothing of before was under way any more. */
  readonly healedMs: number;
}

export interface SoakResult extends Findings {
  readonly holds: boolean;
  readonly checks: readonly Check[];
}

/** Shorter runs are all warm-up. */
const flatFromMinutes = 10;

export function judge(findings: Findings): SoakResult {
  const { acknowledged, audit, history, observed, deadlocks, trends, healedMs, asked } = findings;
  const checks = new Checks();
  const brokenIn = (ids: readonly string[]): number =>
    audit.findings.filter(({ id }) => ids.includes(id)).reduce((sum, { violations }) => sum + violations, 0);
  checks.equal('orders were acknowledged', acknowledged > 0, true);
  checks.equal('acknowledged orders lost', brokenIn(['X4']) + history.filter(({ rule }) => rule === 'H1').length, 0);
  checks.equal('what clients were told and cannot be true', history.length, 0);
  checks.equal('violations seen while it ran', observed.violations.length, 0);
  const broken = audit.findings.filter(({ holds }) => !holds).map(({ id }) => id);
  checks.equal(`invariants broken in the end, of ${audit.findings.length}`, broken, []);
  checks.equal('deadlocks', deadlocks.length, 0);
  checks.atMost('healed after', healedMs / 1000, 30, ' s');
  if (asked.minutes >= flatFromMinutes) {
    checks.equal(
      'what grows',
      trends.filter((trend) => !isFlat(trend)).map(({ gauge }) => gauge),
      [],
    );
  }
  return { ...findings, checks: checks.all, holds: checks.all.every(({ holds }) => holds) };
}

export function checkRows({ checks }: SoakResult): readonly (readonly string[])[] {
  const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return checks.map(({ sentence, expected, actual, holds }) => [
    holds ? '✔' : '✘',
    sentence,
    show(actual),
    show(expected),
  ]);
}

export function trendRows({ trends }: SoakResult): readonly (readonly string[])[] {
  const number = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
  return trends.map((trend) => [
    trend.limit === undefined ? '' : isFlat(trend) ? '✔' : '✘',
    [trend.gauge, gauges[trend.gauge]].filter(Boolean).join(', '),
    number(trend.first),
    number(trend.last),
    number(trend.most),
    trend.limit === undefined ? '' : number(trend.limit),
  ]);
}

export function damageRows({ damage }: SoakResult): readonly (readonly string[])[] {
  return Object.entries(damage)
    .toSorted(([, a], [, b]) => b.times - a.times)
    .map(([name, { times, longestMs }]) => [name, String(times), (longestMs / 1000).toFixed(1)]);
}

export const headers = {
  checks: ['', 'check', 'found', 'wanted'],
  trends: ['flat', 'gauge', 'first third', 'last third', 'most', 'limit'],
  damage: ['fault', 'times', 'longest, s'],
} as const;

/** For a person at a terminal. */
export function describe(result: SoakResult): string {
  const { asked, acknowledged, requests, customers, turnedAway, restarts, observed, history, trends } = result;
  const few = trends.length === 0 ? ['Too short for trends.'] : [];
  const flat =
    asked.minutes < flatFromMinutes ? [`Told and not judged: under ${flatFromMinutes} minutes it is all warm-up.`] : [];
  return [
    `${asked.minutes} min at ${asked.rate}/s, seed ${asked.seed}: ${acknowledged} orders acknowledged in ${requests} requests; ${turnedAway} customers did not come in`,
    `customers: ${Object.entries(customers)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')}`,
    `${restarts} restarts; the auditor looked ${observed.looks} times, ${observed.notJudged} of them without a database; late: ${JSON.stringify(observed.late)}`,
    '',
    table(headers.damage, damageRows(result), [1, 2]),
    '',
    table(headers.trends, trendRows(result), [2, 3, 4, 5]),
    ...few,
    ...flat,
    '',
    table(headers.checks, checkRows(result)),
    ...observed.violations.map((line) => `✘ ${line}`),
    ...result.deadlocks.map((line) => `✘ deadlock: ${line}`),
    ...history.slice(0, 5).map((violation) => `✘ ${JSON.stringify(violation)}`),
    ...result.audit.findings
      .filter(({ holds }) => !holds)
      .map(
        ({ id, sentence, violations, examples }) =>
          `✘ ${id} ${sentence}: ${violations}, e.g. ${JSON.stringify(examples)}`,
      ),
    '',
    result.holds ? 'It holds.' : 'It does not hold.',
  ].join('\n');
}
