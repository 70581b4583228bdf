import type { Gauge, Sample } from './sampler.js';

export interface Trend {
  readonly gauge: Gauge;
  /** Medians of the first and of the last third, after the warm-up. */
  readonly first: number;
  readonly last: number;
  readonly most: number;
  /** What the last may be; none: it is told and not judged. */
  readonly limit?: number;
}

/** Of all samples; caches fill, V8 compiles, pools open. */
const warmUp = 0.2;

/** What noise may add: a share of the first third's median, and something on top so that small figures don't convict. */
const tolerances: Readonly<Partial<Record<Gauge, { readonly factor: number; readonly plus: number }>>> = {
  'order memory': { factor: 1.15, plus: 25 },
  'order handles': { factor: 1.2, plus: 20 },
  'order descriptors': { factor: 1.2, plus: 20 },
  'order event loop p99': { factor: 2, plus: 100 },
  'inventory memory': { factor: 1.15, plus: 25 },
  'inventory handles': { factor: 1.2, plus: 20 },
  'inventory descriptors': { factor: 1.2, plus: 20 },
  'inventory event loop p99': { factor: 2, plus: 100 },
  'broker memory': { factor: 1.3, plus: 100 },
  'broker descriptors': { factor: 1.2, plus: 50 },
  'events under way': { factor: 2, plus: 100 },
  'oldest event under way': { factor: 2, plus: 30 },
  'dead tuples': { factor: 2, plus: 5_000 },
  'database connections': { factor: 1.2, plus: 10 },
};

/** A median of fewer says nothing. */
const leastInThird = 3;

/** Undefined when it was seen too seldom. */
export function trendOf(gauge: Gauge, samples: readonly Sample[]): Trend | undefined {
  const warm = samples.slice(Math.floor(samples.length * warmUp));
  const third = Math.floor(warm.length / 3);
  const valuesOf = (some: readonly Sample[]): readonly number[] => some.flatMap((sample) => sample[gauge] ?? []);
  const [first, last] = [valuesOf(warm.slice(0, third)), valuesOf(warm.slice(-third))];
  if (third === 0 || Math.min(first.length, last.length) < leastInThird) return undefined;
  const tolerance = tolerances[gauge];
  const before = median(first);
  return {
    gauge,
    first: before,
    last: median(last),
    most: valuesOf(warm).reduce((most, value) => Math.max(most, value), 0),
    ...(tolerance ? { limit: before * tolerance.factor + tolerance.plus } : {}),
  };
}

export const isFlat = ({ last, limit }: Trend): boolean => limit === undefined || last <= limit;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}
