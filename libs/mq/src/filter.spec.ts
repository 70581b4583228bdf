import { expect, test } from '@jest/globals';
import { DELAY_LEVELS, delayLevelMs } from './delay-level.js';
import { mayPass, sql, tag } from './filter.js';

test('a tag filter lets its tags pass and nothing else', () => {
  const filter = tag('order.placed', 'order.paid');
  expect(filter.expression).toBe('order.placed || order.paid');
  expect(mayPass(filter, 'order.paid')).toBe(true);
  expect(mayPass(filter, 'order')).toBe(false);
});

test('of an SQL filter only the broker knows', () => {
  expect(mayPass(sql("region = 'eu'"), 'order.paid')).toBe(true);
  expect(mayPass(undefined, 'order.paid')).toBe(true);
});

test.each([() => tag('a|b'), () => tag('a b'), () => tag(''), () => sql(' ')])(
  'refuses what is no filter: %s',
  (make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'MQ_FILTER' }));
  },
);

test('the delay levels are those of RocketMQ 4', () => {
  // messageDelayLevel of its MessageStoreConfig
  expect(DELAY_LEVELS.join(' ')).toBe('1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h');
  expect(delayLevelMs('30s')).toBe(30_000);
  expect(delayLevelMs(16)).toBe(1_800_000);
  expect(delayLevelMs('2h')).toBe(7_200_000);
  expect(() => delayLevelMs(19)).toThrow(RangeError);
});
