import type { CellResult } from './cell-result.js';
import { draw } from './page.js';
import { summarise } from './matrix.js';

const green: CellResult = {
  id: 'C7.K',
  kind: 'K',
  title: 'after COMMIT, before the verdict',
  point: 'publish.after-commit',
  expected: 'one reservation',
  seed: 1,
  result: 'green',
  happened: 'order killed | at hit 2',
  healedAfterMs: 2_340,
  tookMs: 5_000,
  orders: 24,
  hurt: 3,
  checks: [],
  broken: [],
  invariants: 19,
  convictions: [],
  problems: [],
};
const red: CellResult = {
  ...green,
  seed: 2,
  result: 'red',
  checks: [{ sentence: 'healed', expected: '≤ 30 s', actual: '41 s', holds: false }],
};
const group = { name: 'C · place', about: 'An order is placed.', cells: [{ ...green, play: async () => undefined }] };
const pageOf = (...results: readonly CellResult[]): string =>
  draw(
    summarise([group], results, {
      startedAt: new Date(0),
      tookMs: 60_000,
      lanes: 1,
      seeds: results.map(({ seed }) => seed),
    }),
  );

it('has a row for each cell, and a column for each seed', () => {
  expect(pageOf(green, { ...green, seed: 2 })).toContain(
    '| C7.K | after COMMIT, before the verdict | `publish.after-commit` | one reservation | order killed \\| at hit 2 | ✔ 2.3 s | ✔ 2.3 s |',
  );
});

it('says in its head whether all is green', () => {
  expect(pageOf(green)).toContain('**All 1 plays are green**');
  expect(pageOf(green, red)).toContain('**1 of 2 plays are red**');
});

it('counts what this machine cannot play neither as green nor as red', () => {
  const skipped: CellResult = { ...green, seed: 2, result: 'skipped', happened: 'no disk of its own' };
  expect(pageOf(green, skipped)).toContain('**All 1 plays are green**: 1 cells (1 plays were not possible');
  expect(pageOf(green, skipped)).toContain('| ✔ 2.3 s | not played |');
});

it('measures what is promised by the worst of all seeds', () => {
  const crash = { ...green, id: 'Z1.K' };
  expect(pageOf(crash, { ...crash, seed: 2, healedAfterMs: 3_400 })).toContain(
    '| an order is published after a crash | ≤ 15 s | 3.4 s | Z1.K |',
  );
});

it('says of a red cell what speaks against it', () => {
  expect(pageOf(green, red)).toContain('| ✔ 2.3 s | ✘ healed: expected ≤ 30 s, found 41 s |');
});
