import type { CellResult } from './cell-result.js';

/** One line of what is promised in numbers. */
export interface Figure {
  readonly figure: string;
  readonly limit: string;
  /** The worst of all seeds. */
  readonly measured: string;
  readonly by: string;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Of the cells that were played; those of group Z run with the timings of production. */
export function figuresOf(results: readonly CellResult[]): readonly Figure[] {
  const healed = (ids: readonly string[]): readonly number[] =>
    results.filter(({ id }) => ids.includes(id)).flatMap(({ healedAfterMs }) => healedAfterMs ?? []);
  const slowest = (figure: string, limit: string, ...ids: readonly string[]): readonly Figure[] => {
    const times = healed(ids);
    return times.length ? [{ figure, limit, measured: seconds(Math.max(...times)), by: ids.join(', ') }] : [];
  };
  return [
    ...slowest('an order is published after a crash', '≤ 15 s', 'Z1.K'),
    ...slowest('what a killed consumer held is taken over', '≤ 15 s', 'Z2.K'),
    ...slowest('drained after an outage of the broker', '≤ 30 s', 'Z3.F'),
    ...slowest('at rest after the loss of all broker data', '≤ 30 s', 'Z4.F'),
    ...stops(results),
    ...slowest('at rest after any other fault, short timings', '≤ 30 s', ...everyOther(results)).map((figure) => ({
      ...figure,
      by: 'all cells',
    })),
    ...deadlocks(results),
  ];
}

const everyOther = (results: readonly CellResult[]): readonly string[] =>
  results.map(({ id }) => id).filter((id) => !id.startsWith('Z'));

function stops(results: readonly CellResult[]): readonly Figure[] {
  const took = results
    .filter(({ id }) => id.startsWith('Z5.'))
    .flatMap(({ checks }) => checks.filter(({ sentence }) => sentence === 'ended in time'))
    .map(({ actual }) => Number.parseFloat(String(actual)));
  if (took.length === 0) return [];
  return [
    {
      figure: 'a service ends after SIGTERM under load',
      limit: '≤ 20 s',
      measured: `${Math.max(...took)} s`,
      by: 'Z5.*',
    },
  ];
}

function deadlocks(results: readonly CellResult[]): readonly Figure[] {
  const counts = results
    .flatMap(({ checks }) => checks.filter(({ sentence }) => sentence === deadlocksSentence))
    .map(({ actual }) => (Array.isArray(actual) ? actual.length : 0));
  if (counts.length === 0) return [];
  // Fewer than there are results: plays of before deadlocks were looked for in time.
  const by = counts.length === results.length ? 'all cells' : `${counts.length} of ${results.length} plays`;
  return [{ figure: 'deadlocks', limit: '0', measured: String(Math.max(...counts)), by }];
}

/** As `playCell` asks. */
export const deadlocksSentence = 'deadlocks';
