import { metric, metricBy } from './metric.js';
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

it('adds a metric up for each value of a label', () => {
  const text =
    'in_total{node="a",topic="x"} 2\nin_total{topic="x",node="b"} 3\nin_total{topic="y"} 1\nin{topic="y"} 7\n';
  expect([...metricBy(text, 'in_total', 'topic')]).toEqual([
    ['x', 5],
    ['y', 1],
  ]);
});

it('counts', () => {
  expect(tally([201, 409, 201])).toEqual({ 201: 2, 409: 1 });
});
