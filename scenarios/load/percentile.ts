export interface Latency {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Nearest rank: every figure is a time that somebody really waited. Milliseconds, rounded to tenths. */
export function latencyOf(samplesMs: readonly number[]): Latency {
  const sorted = [...samplesMs].sort((a, b) => a - b);
  const at = (percent: number): number => {
    const sample = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
    return sample === undefined ? Number.NaN : Math.round(sample * 10) / 10;
  };
  return { p50: at(50), p95: at(95), p99: at(99), max: at(100) };
}
