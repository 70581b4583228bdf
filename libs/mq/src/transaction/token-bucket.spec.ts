import { describe, expect, it } from '@jest/globals';
import { TokenBucket } from './token-bucket.js';

describe('TokenBucket', () => {
  it('gives a burst, then what the rate allows, and never more than the burst', () => {
    let now = 0;
    const bucket = new TokenBucket(10, 20, () => now);
    expect(bucket.take(100)).toBe(20);
    expect(bucket.take(1)).toBe(0);
    expect(bucket.waitMs(5)).toBe(500);
    now = 500;
    expect(bucket.take(100)).toBe(5);
    now = 1_000_000;
    expect(bucket.take(100)).toBe(20);
  });

  it('does not lose fractions', () => {
    let now = 0;
    const bucket = new TokenBucket(10, 10, () => now);
    bucket.take(10);
    let taken = 0;
    for (now = 30; now <= 3_000; now += 30) taken += bucket.take(10);
    expect(taken).toBeGreaterThanOrEqual(29); // 30 but for rounding; whole steps of 0.3 would give 0
  });
});
