import { UsageError } from '../support/usage-error.js';
import { parseLoadArguments } from './arguments.js';
import { latencyOf } from './percentile.js';

it('percentiles are times that somebody waited: nearest rank', () => {
  expect(latencyOf(Array.from({ length: 100 }, (_, index) => 100 - index))).toEqual({
    p50: 50,
    p95: 95,
    p99: 99,
    max: 100,
  });
  expect(latencyOf([7])).toEqual({ p50: 7, p95: 7, p99: 7, max: 7 });
  expect(latencyOf([3, 1, 2])).toEqual({ p50: 2, p95: 3, p99: 3, max: 3 });
  expect(latencyOf([])).toEqual({ p50: Number.NaN, p95: Number.NaN, p99: Number.NaN, max: Number.NaN });
});

it('runs an open loop unless a closed one is asked for', () => {
  expect(parseLoadArguments([]).loop).toEqual({ kind: 'open', ratePerSecond: 50, seconds: 30 });
  expect(parseLoadArguments(['--rate', '100', '--seconds', '5']).loop).toEqual({
    kind: 'open',
    ratePerSecond: 100,
    seconds: 5,
  });
  expect(parseLoadArguments(['--in-flight', '8']).loop).toEqual({ kind: 'closed', inFlight: 8, orders: 5_000 });
});

it('places orders in the flow that is asked for', () => {
  expect(parseLoadArguments([]).flow).toBe('reserve-on-commit');
  expect(parseLoadArguments(['--flow', 'return-on-failure']).flow).toBe('return-on-failure');
});

it.each([
  [['--flow', 'both']],
  [['--rate', '0']],
  [['--rate', 'fast']],
  [['--rate', '5000', '--seconds', '600']],
  [['--rate', '5', '--in-flight', '5']],
  [['--orders', '1000000']],
  [['--lines', '3', '--skus', '2']],
  [['--order-url', 'http://127.0.0.1:3000']],
  [['--order-url', 'http://example.com', '--inventory-url', 'http://127.0.0.1:3001']],
  [['--order-url', 'http://127.0.0.1:3000', '--inventory-url', 'http://127.0.0.1:3001', '--count']],
  [['--in-flight', '4', '--inventory-down']],
  [['--count', '--inventory-down']],
  [['--lose-broker', '--inventory-down']],
  [['--order-url', 'http://127.0.0.1:3000', '--inventory-url', 'http://127.0.0.1:3001', '--lose-broker']],
  [['--fast']],
])('refuses %j', (args) => {
  expect(() => parseLoadArguments(args)).toThrow(UsageError);
});
