import type { Outcome } from '../support/play.js';
import type { Style } from './style.js';
import { table } from './table.js';

/** The last thing a demo prints. */
export function verdictTable(outcomes: readonly Outcome[], style: Style): string {
  const rows = outcomes.map(({ name, title, result, checks, audit, durationMs }) => [
    { holds: style.good('✔ holds'), fails: style.bad('✘ FAILS'), skipped: style.warn('– skipped') }[result],
    name,
    result === 'skipped' ? '' : `${(durationMs / 1000).toFixed(1)} s`,
    checks.length ? `${checks.filter(({ holds }) => holds).length}/${checks.length}` : '',
    audit ? `${audit.findings.filter(({ holds }) => holds).length}/${audit.findings.length}` : '',
    style.dim(title),
  ]);
  return table(['verdict', 'scenario', 'took', 'checks', 'invariants', 'what it shows'], rows, [2, 3, 4]);
}

export function summary(outcomes: readonly Outcome[], style: Style): string {
  const count = (result: Outcome['result']): number => outcomes.filter((outcome) => outcome.result === result).length;
  const skipped = count('skipped') ? `, ${count('skipped')} skipped` : '';
  const failed = count('fails');
  return failed
    ? style.bad(`${failed} of ${outcomes.length} scenarios fail${skipped}.`)
    : style.good(`All ${count('holds')} scenarios hold${skipped}.`);
}
