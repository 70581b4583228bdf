import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from '../mq.errors.js';
import { checkTimings, DEFAULT_TIMINGS, readTimings } from './timings.js';

describe('checkTimings', () => {
  it('accepts its own defaults', () => {
    expect(checkTimings()).toEqual(DEFAULT_TIMINGS);
  });

  it.each([
    [{ requestMs: 4_000 }, 'requestMs (4000) must be below statementMs + lockMs (4000)'],
    [{ statementMs: 4_000 }, 'statementMs + lockMs (5000) must be below idleInTransactionMs (5000)'],
    [{ fenceAfterMs: 5_000 }, 'idleInTransactionMs (5000) must be below fenceAfterMs (5000)'],
    [{ sweepEveryMs: 15_000 }, 'sweepEveryMs (15000) must be below resendAfterMs (15000)'],
    [{ resendAtMostMs: 1_000 }, 'resendAfterMs (15000) must be below resendAtMostMs (1000)'],
    [{ leaseMs: 9_999 }, 'leaseMs (9999) must be at least 10000'],
    [{ drainMs: 1.5 }, 'drainMs is 1.5'],
    [{ lockMs: Number.NaN }, 'lockMs is NaN'],
    [{ drainMs: 3_000_000_000 }, 'drainMs is 3000000000'],
  ])('refuses %j', (timings, problem) => {
    expect(() => checkTimings(timings)).toThrow(problem);
  });

  it('names all problems at once', () => {
    const check = (): unknown => checkTimings({ requestMs: 9_000, leaseMs: 1, sweepEveryMs: 0 });
    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(/requestMs \(9000\).*leaseMs \(1\)/);
    expect(check).toThrow(/sweepEveryMs is 0/);
  });
});

describe('readTimings', () => {
  it('reads names and milliseconds', () => {
    expect(readTimings('fenceAfterMs=6000, leaseMs=10000')).toEqual({ fenceAfterMs: 6_000, leaseMs: 10_000 });
  });

  it.each([
    'fence=1',
    'leaseMs',
    'leaseMs=',
    'leaseMs=1.5',
    'leaseMs=-1',
    'toString=1',
    'leaseMs=1,',
    'lockMs=1,lockMs=2',
  ])('refuses "%s" and lists the names', (text) => {
    expect(() => readTimings(text)).toThrow(ConfigurationError);
    expect(() => readTimings(text)).toThrow('Write "name=ms,name=ms" with names from requestMs,');
  });
});
