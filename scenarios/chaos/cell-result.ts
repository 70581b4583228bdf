import type { Finding } from '../audit/invariant.js';
import type { Check } from '../support/checks.js';
import type { TimelineLine } from '../support/timeline.js';
import type { Cell } from './cell.js';

/** How one cell went with one seed. */
export interface CellResult extends Pick<Cell, 'id' | 'kind' | 'title' | 'expected'> {
  readonly point?: string;
  readonly seed: number;
  /** Of the source, as git names it; `+` behind it when there were changes. Absent outside a repository. */
  readonly commit?: string;
  /** `skipped`: it cannot be played on this machine; `happened` says why. */
  readonly result: 'green' | 'red' | 'skipped';
  /** What was done, in a few words. */
  readonly happened: string;
  /** From the end of the fault until nothing was under way any more that was then; absent when it never came to that. */
  readonly healedAfterMs?: number;
  readonly tookMs: number;
  /** Placed by its customers, and answered. */
  readonly orders: number;
  /** Requests whose outcome was unknown for a while. */
  readonly hurt: number;
  readonly checks: readonly Check[];
  /** Of the auditor, the broken ones only. */
  readonly broken: readonly Finding[];
  readonly invariants: number;
  /** Of the clients' histories. */
  readonly convictions: readonly string[];
  /** Answers that no behaving service gives. */
  readonly problems: readonly string[];
  /** Why it could not be played to its end. */
  readonly reason?: string;
  /** Of those it has hit; only when red. */
  readonly timeline?: readonly TimelineLine[];
}

/** Everything that speaks against it, a line each. */
export function faultsFound(result: CellResult): readonly string[] {
  const { checks, broken, convictions, problems, reason } = result;
  return [
    ...(reason === undefined ? [] : [reason]),
    ...checks
      .filter(({ holds }) => !holds)
      .map(({ sentence, expected, actual }) => `${sentence}: expected ${text(expected)}, found ${text(actual)}`),
    ...broken.map(
      ({ id, sentence, violations, examples }) => `${id} ${sentence}: ${violations}, e.g. ${text(examples[0])}`,
    ),
    ...convictions,
    ...problems,
  ];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'));
