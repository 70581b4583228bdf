import type { Violation } from '../history/convict.js';
import type { Check } from '../support/checks.js';
import type { Outcome } from '../support/play.js';
import type { TimelineLine } from '../support/timeline.js';
import type { Style } from './style.js';

/** The others are in the JSON. */
const shownViolations = 5;

/** A scenario's timeline and checks, for a person. */
export function tellStory(outcome: Outcome, style: Style): string {
  const { timeline, checks, audit, history, reason, result } = outcome;
  const lines = [...drawLines(timeline, style), ...checks.map((check) => checkLine(check, style))];
  if (audit) {
    const broken = audit.findings.filter(({ holds }) => !holds);
    lines.push(
      broken.length === 0
        ? `  ${style.good('✔')} all ${audit.findings.length} invariants hold over ${audit.orders} orders`
        : `  ${style.bad('✘')} ${broken.length} of ${audit.findings.length} invariants are broken`,
      ...broken.map(
        ({ id, sentence, violations, examples }) =>
          `      ${style.bad(id)} ${sentence}: ${violations}, e.g. ${JSON.stringify(examples[0])}`,
      ),
    );
  }
  if (history) lines.push(...historyLines(history, style));
  if (reason) lines.push(`  ${result === 'skipped' ? style.warn('–') : style.bad('✘')} ${reason}`);
  return lines.join('\n');
}

function historyLines(history: readonly Violation[], style: Style): readonly string[] {
  if (history.length === 0) return [`  ${style.good('✔')} client history holds`];
  return [
    `  ${style.bad('✘')} client history is broken ${history.length} times`,
    ...history
      .slice(0, shownViolations)
      .map(
        ({ rule, sentence, about, operations }) =>
          `      ${style.bad(rule)} ${sentence}: ${about}, ${JSON.stringify(operations)}`,
      ),
  ];
}

/** `+0.012 s  order  half message sent  order.placed`; equal neighbours become one line with a count. */
export function drawLines(timeline: readonly TimelineLine[], style: Style): readonly string[] {
  const width = Math.min(42, Math.max(0, ...timeline.map(({ what }) => what.length)));
  return merged(timeline).map(({ first: { atMs, who, what, detail, tone }, count, tookMs }) => {
    const at = `+${(atMs / 1000).toFixed(3)} s`.padStart(10);
    const mark = tone === 'fault' ? style.bad : tone === 'repair' ? style.warn : (text: string) => text;
    const facts = [detail, ...took(tookMs), ...(count > 1 ? [`${count} times`] : [])].filter((part) => part !== '');
    return `  ${style.dim(at)}  ${style.actor(who, who.padEnd(9))}  ${mark(what.padEnd(width))}  ${style.dim(facts.join(' · '))}`.trimEnd();
  });
}

interface Merged {
  readonly first: TimelineLine;
  count: number;
  readonly tookMs: number[];
}

function merged(timeline: readonly TimelineLine[]): readonly Merged[] {
  const result: Merged[] = [];
  for (const line of timeline) {
    const last = result.at(-1);
    const { who, what, detail } = last?.first ?? {};
    if (last && who === line.who && what === line.what && detail === line.detail) last.count += 1;
    else result.push({ first: line, count: 1, tookMs: [] });
    if (line.tookMs !== undefined) result.at(-1)?.tookMs.push(line.tookMs);
  }
  return result;
}

function took(samples: readonly number[]): readonly string[] {
  if (samples.length === 0) return [];
  const least = Math.min(...samples).toFixed(0);
  const most = Math.max(...samples).toFixed(0);
  return [least === most ? `${most} ms` : `${least}–${most} ms`];
}

function checkLine({ sentence, expected, actual, holds }: Check, style: Style): string {
  if (holds)
    return `  ${style.good('✔')} ${sentence}${typeof actual === 'boolean' ? '' : style.dim(`: ${show(actual)}`)}`;
  return `  ${style.bad('✘')} ${sentence}: expected ${show(expected)}, found ${show(actual)}`;
}

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  return (
    JSON.stringify(value)
      ?.replace(/"([a-z]\w*)":/gi, '$1: ')
      .replaceAll(',', ', ') ?? 'nothing'
  );
}
