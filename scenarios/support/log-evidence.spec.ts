import { metric } from './metric.js';
import { tally } from './parallel.js';
import { firstHandled } from './sequence.js';

it('tells the order in which the events of each order were handled first', () => {
  const line = (phrase: string, key: string, type: string) => ({ at: 0, level: 20, phrase, facts: { key, type } });
  const log = [
    line('event handled', 'a', 'order.placed'),
    line('event received', 'b', 'order.placed'),
    line('event handled', 'b', 'order.cancelled'),
    line('event handled', 'a', 'order.paid'),
    line('event handled', 'a', 'order.placed'),
    line('event handled', 'b', 'order.placed'),
  ];
  expect([...firstHandled(log, ['a', 'b'])]).toEqual([
    ['a', ['order.placed', 'order.paid']],
    ['b', ['order.cancelled', 'order.placed']],
  ]);
});

it('adds a metric up over its labels, and tells zero from not exported', () => {
  const text = '# HELP mq_parked\nmq_parked{group="a"} 2\nmq_parked{group="b"} 3\nmq_parked_total 9\nmq_other 0\n';
  expect([metric(text, 'mq_parked'), metric(text, 'mq_other'), metric(text, 'mq_none')]).toEqual([5, 0, undefined]);
});

it('counts', () => {
  expect(tally([201, 409, 201])).toEqual({ 201: 2, 409: 1 });
});
