import type { Outcome } from '../support/play.js';
import { drawLines, tellStory } from './story.js';
import { styleFor } from './style.js';
import { table } from './table.js';
import { summary, verdictTable } from './verdicts.js';

const plain = styleFor({ isTTY: false }, {});
const outcome: Outcome = {
  name: 'happy-path',
  flow: 'reserve-on-commit',
  title: 'placed and paid',
  result: 'holds',
  checks: [{ sentence: 'stock is sold', expected: 2, actual: 2, holds: true }],
  timeline: [
    { atMs: 4, who: 'order', what: 'half message sent', detail: 'order.placed' },
    { atMs: 12, who: 'inventory', what: 'event received', detail: '' },
    { atMs: 15, who: 'inventory', what: 'event received', detail: '' },
    { atMs: 20, who: 'client', what: 'POST /orders', detail: '201', tookMs: 7.4 },
    { atMs: 20, who: 'client', what: 'POST /orders', detail: '201', tookMs: 12.2 },
  ],
  audit: { holds: true, orders: 3, findings: [{ id: 'I1', sentence: 's', holds: true, violations: 0, examples: [] }] },
  durationMs: 1_240,
};

it('aligns a timeline, and counts equal neighbours instead of repeating them', () => {
  expect(drawLines(outcome.timeline, plain)).toEqual([
    '    +0.004 s  order      half message sent  order.placed',
    '    +0.012 s  inventory  event received     2 times',
    '    +0.020 s  client     POST /orders       201 · 7–12 ms · 2 times',
  ]);
});

it('tells what was expected and found where a check fails, and which invariant is broken', () => {
  const text = tellStory(
    {
      ...outcome,
      timeline: [],
      checks: [{ sentence: 'stock is sold', expected: { sold: 2 }, actual: { sold: 0 }, holds: false }],
      audit: {
        holds: false,
        orders: 1,
        findings: [{ id: 'I4', sentence: 'sold adds up', holds: false, violations: 7, examples: [{ sku: 'a' }] }],
      },
    },
    plain,
  );
  expect(text).toBe(
    [
      '  ✘ stock is sold: expected {sold: 2}, found {sold: 0}',
      '  ✘ 1 of 1 invariants are broken',
      '      I4 sold adds up: 7, e.g. {"sku":"a"}',
    ].join('\n'),
  );
});

it('sums up in a table and a sentence', () => {
  const outcomes: Outcome[] = [
    outcome,
    { ...outcome, name: 'broker-down', result: 'skipped', checks: [], audit: undefined },
  ];
  expect(verdictTable(outcomes, plain)).toBe(
    [
      'verdict    scenario      took  checks  invariants  what it shows',
      '─────────  ───────────  ─────  ──────  ──────────  ───────────────',
      '✔ holds    happy-path   1.2 s     1/1         1/1  placed and paid',
      '– skipped  broker-down                             placed and paid',
    ].join('\n'),
  );
  expect(summary(outcomes, plain)).toBe('All 1 scenarios hold, 1 skipped.');
  expect(summary([{ ...outcome, result: 'fails' }], plain)).toBe('1 of 1 scenarios fail.');
});

it('has a column for the flow when there are two of them', () => {
  const both: Outcome[] = [outcome, { ...outcome, flow: 'return-on-failure', title: 'deducted and paid' }];
  expect(verdictTable(both, plain)).toBe(
    [
      'verdict  scenario    flow                took  checks  invariants  what it shows',
      '───────  ──────────  ─────────────────  ─────  ──────  ──────────  ─────────────────',
      '✔ holds  happy-path  reserve-on-commit  1.2 s     1/1         1/1  placed and paid',
      '✔ holds  happy-path  return-on-failure  1.2 s     1/1         1/1  deducted and paid',
    ].join('\n'),
  );
  expect(summary(both, plain)).toBe('All 2 plays, of each scenario in both flows, hold.');
});

it('aligns by what is visible when there are colours', () => {
  const { good } = styleFor({ isTTY: true }, {});
  expect(table(['a', 'b'], [[good('yes'), '1']])).toBe(`a    b\n───  ─\n${good('yes')}  1`);
});

it('uses no colours where nobody sees them, or where they are not wanted', () => {
  expect(styleFor({ isTTY: true }, { NO_COLOR: '1' }).good('yes')).toBe('yes');
  expect(styleFor({ isTTY: false }, {}).good('yes')).toBe('yes');
});
