import type { Outcome } from '../support/play.js';
import type { Style } from './style.js';
import { table } from './table.js';

/** The last thing a demo prints. The flow has a column when there are two. */
export function verdictTable(outcomes: readonly Outcome[], style: Style): string {
  const inBoth = areTwo(outcomes);
  const rows = outcomes.map(({ name, flow, title, result, checks, audit, durationMs }) => [
    { holds: style.good('✔ holds'), fails: style.bad('✘ FAILS'), skipped: style.warn('– skipped') }[result],
    name,
    ...(inBoth ? [flow] : []),
    result === 'skipped' ? '' : `${(durationMs / 1000).toFixed(1)} s`,
    checks.length ? `${checks.filter(({ holds }) => holds).length}/${checks.length}` : '',
    audit ? `${audit.findings.filter(({ holds }) => holds).length}/${audit.findings.length}` : '',
    style.dim(title),
  ]);
  const before = ['verdict', 'scenario', ...(inBoth ? ['flow'] : [])];
  const figures = [0, 1, 2].map((index) => before.length + index);
  return table([...before, 'took', 'checks', 'invariants', 'what it shows'], rows, figures);
}

export function summary(outcomes: readonly Outcome[], style: Style): string {
  const count = (result: Outcome['result']): number => outcomes.filter((outcome) => outcome.result === result).length;
  const skipped = count('skipped') ? `, ${count('skipped')} skipped` : '';
  const failed = count('fails');
  const what = areTwo(outcomes) ? 'plays, of each scenario in both flows,' : 'scenarios';
  return failed
    ? style.bad(`${failed} of ${outcomes.length} ${what} fail${skipped}.`)
    : style.good(`All ${count('holds')} ${what} hold${skipped}.`);
}

const areTwo = (outcomes: readonly Outcome[]): boolean => new Set(outcomes.map(({ flow }) => flow)).size > 1;
