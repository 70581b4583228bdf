import { between, pick, randomOf, wholeBetween } from '../support/random.js';
import { UsageError } from '../support/usage-error.js';
import { parseSoakArguments } from './arguments.js';
import { page } from './page.js';
import { describe as told, judge, type Findings } from './result.js';
import type { Sample } from './sampler.js';
import { isFlat, trendOf } from './trend.js';

const samples = (values: readonly (number | undefined)[]): readonly Sample[] =>
  values.map((value) => ({ 'order memory': value }));
const growing = (from: number, by: number, count = 30) =>
  Array.from({ length: count }, (_, index) => from + by * index);

it('breaks and wants the same again from the same seed', () => {
  const drawn = (seed: number) => {
    const random = randomOf(seed);
    return [random(), between(random, 5, 9), wholeBetween(random, 1, 6), pick(random, ['a', 'b', 'c'])];
  };
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});

it('runs half an hour with 20 orders a second unless told otherwise, and invents a seed', () => {
  expect(parseSoakArguments([], () => 42)).toEqual({
    minutes: 30,
    rate: 20,
    seed: 42,
    page: false,
    json: false,
    help: false,
  });
  expect(parseSoakArguments(['--seed', '0', '--minutes', '1']).seed).toBe(0);
});

it.each([
  [['--minutes', '0']],
  [['--minutes', 'long']],
  [['--rate', '9999']],
  [['--seed', '-1']],
  [['--seed', '']],
  [['--gently']],
])('refuses %j', (args) => {
  expect(() => parseSoakArguments(args)).toThrow(UsageError);
});

describe('a trend', () => {
  it.each([
    ['noise', [...growing(100, 0, 10), ...growing(110, 0, 10), ...growing(95, 0, 10)], true],
    ['a warm-up', [...growing(10, 10, 6), ...growing(100, 0, 24)], true],
    ['a leak', growing(100, 4), false],
    ['one peak', [...growing(100, 0, 29), 9_000], true],
  ])('calls %s what it is', (_what, values, flat) => {
    const trend = trendOf('order memory', samples(values));
    expect(trend && isFlat(trend)).toBe(flat);
  });

  it('compares medians of the first and last third behind the warm-up', () => {
    expect(trendOf('order memory', samples(growing(0, 1)))).toMatchObject({ first: 9.5, last: 25.5, most: 29 });
  });

  it('says nothing when it saw too little', () => {
    expect(trendOf('order memory', samples(growing(1, 1, 10)))).toBeUndefined();
    expect(trendOf('order memory', samples(Array.from({ length: 30 }, () => undefined)))).toBeUndefined();
  });

  it('is told and not judged where the broker counts what it has not swept', () => {
    const halves = growing(1, 1_000).map((value): Sample => ({ 'half messages (trend only)': value }));
    const trend = trendOf('half messages (trend only)', halves);
    expect(trend && isFlat(trend)).toBe(true);
  });
});

describe('a verdict', () => {
  const fine: Findings = {
    asked: { minutes: 30, rate: 20, seed: 7 },
    acknowledged: 1_000,
    requests: 9_000,
    customers: { paid: 700 },
    turnedAway: 0,
    damage: { 'order killed': { times: 3, longestMs: 1_500 } },
    restarts: 3,
    observed: { looks: 300, notJudged: 4, violations: [], late: { O8: 1 } },
    audit: {
      holds: true,
      orders: 1_000,
      findings: [{ id: 'X4', sentence: 's', holds: true, violations: 0, examples: [] }],
    },
    history: [],
    deadlocks: [],
    trends: [{ gauge: 'order memory', first: 100, last: 104, most: 130, limit: 140 }],
    healedMs: 4_200,
  };
  const lie = { rule: 'H1', sentence: 's', about: 'o', operations: [] };
  const leak = { gauge: 'order memory', first: 100, last: 900, most: 900, limit: 140 } as const;

  it('holds when nothing was lost and nothing grows', () => {
    expect(judge(fine).holds).toBe(true);
    expect(told(judge(fine))).toContain('It holds.');
    expect(page(judge(fine), new Date(0))).toMatch(/--seed 7 --page` on 1970-01-01[^]*\*\*It holds\*\*: 1000 orders/);
  });

  it.each<[string, Partial<Findings>]>([
    ['a client was told of an order that is not there', { history: [lie] }],
    [
      'an invariant is broken in the end',
      {
        audit: {
          ...fine.audit,
          holds: false,
          findings: [{ id: 'I1', sentence: 's', holds: false, violations: 1, examples: [{}] }],
        },
      },
    ],
    ['an invariant was broken for a while', { observed: { ...fine.observed, violations: ['I1'] } }],
    ['there was a deadlock', { deadlocks: ['70 waits for 71'] }],
    ['it took too long to heal', { healedMs: 31_000 }],
    ['nobody could order', { acknowledged: 0 }],
    ['something grows', { trends: [leak] }],
  ])('does not hold when %s', (_what, findings) => {
    expect(judge({ ...fine, ...findings }).holds).toBe(false);
  });

  it('does not judge growth by a run that is all warm-up', () => {
    expect(judge({ ...fine, asked: { ...fine.asked, minutes: 2 }, trends: [leak] }).holds).toBe(true);
  });
});
