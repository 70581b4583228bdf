import { backOff, codeOf, describe as textOf, looksUnreachable } from './failure.js';

const withCode = (code: string): Error => Object.assign(new Error('x'), { code });

describe('a failure', () => {
  it.each(['08006', '08P01', '53300', '57P01', '57P03', '25006', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'])(
    'with code %s looks as if the database were away, also as a cause',
    (code) => {
      expect(looksUnreachable(withCode(code))).toBe(true);
      expect(looksUnreachable(new Error('in doubt', { cause: withCode(code) }))).toBe(true);
      expect(looksUnreachable(new AggregateError([new Error('a'), withCode(code)]))).toBe(true);
    },
  );

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect', 'Query read timeout'])(
    'that pg calls "%s" does too',
    (text) => {
      expect(looksUnreachable(new Error(text))).toBe(true);
    },
  );

  it.each(['23505', '40P01', '40001', '55P03', '57014', 'MQ_UNPROCESSABLE'])(
    'with code %s is about the message',
    (code) => {
      expect(looksUnreachable(withCode(code))).toBe(false);
    },
  );

  it('is told in one bounded line', () => {
    expect(textOf(new TypeError('a\nb\u0000c'))).toBe('TypeError: a b c');
    expect(textOf(new Error('x'.repeat(5_000)))).toHaveLength(1_000);
    expect(textOf('thrown text')).toBe('thrown text');
    expect([codeOf(withCode('40001')), codeOf(new Error('x')), codeOf(undefined)]).toEqual(['40001', 'ERROR', 'ERROR']);
  });

  it('is tried again after 50 to 100 % of a doubling pause, up to a bound', () => {
    for (let attempt = 1; attempt <= 60; attempt++) {
      const whole = Math.min(2_000, 100 * 2 ** (attempt - 1));
      const pauseMs = backOff(attempt, 100, 2_000);
      expect(pauseMs).toBeGreaterThanOrEqual(whole / 2);
      expect(pauseMs).toBeLessThanOrEqual(whole);
    }
  });
});
