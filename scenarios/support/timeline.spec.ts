import type { LogLine } from './log-file.js';
import { parseLine } from './log-file.js';
import { drawTimeline } from './timeline.js';

const line = (at: number, phrase: string, facts: Record<string, unknown>, level = 20): LogLine => ({
  at,
  level,
  phrase,
  facts,
});
const story = (order: readonly LogLine[], about = ['o1'], inventory: readonly LogLine[] = []) =>
  drawTimeline({ about, since: 1_000, entries: [], logs: { order, inventory } }).map(({ what }) => what);

it('follows an order by its key, and from there by the ids of its transaction and its events', () => {
  const log = [
    line(1_001, 'half message sent', { transactionId: 't1' }),
    line(1_002, 'verdict sent', { transactionId: 't1', verdict: 'commit' }),
    line(1_003, 'event relayed', { transactionId: 't1', eventId: 'e1', key: 'o1', type: 'order.placed' }),
    line(1_004, 'event acknowledged', { eventId: 'e1' }),
    line(1_005, 'half message sent', { transactionId: 't2' }),
  ];
  expect(story(log)).toEqual(['half message sent', 'verdict sent', 'event relayed', 'event acknowledged']);
});

it('leaves out the other orders of a shared transaction', () => {
  const log = [
    line(1_001, 'half message sent', { transactionId: 't1' }),
    line(1_002, 'event relayed', { transactionId: 't1', key: 'o1' }),
    line(1_003, 'another relayed', { transactionId: 't1', key: 'o2' }),
  ];
  expect(story(log)).toEqual(['half message sent', 'event relayed']);
});

it('follows a transaction that left no order behind when it is asked for', () => {
  const log = [
    line(1_001, 'half message sent', { transactionId: 't9', keys: ['never'] }),
    line(1_002, 'verdict sent', { transactionId: 't9', verdict: 'rollback' }),
  ];
  expect(story(log, ['t9'])).toEqual(['half message sent', 'verdict sent']);
});

it('leaves out what an earlier scenario did', () => {
  expect(story([line(999, 'event relayed', { key: 'o1' })])).toEqual([]);
});

it('merges clients, services and the saboteur by time, relative to the beginning', () => {
  const timeline = drawTimeline({
    about: ['o1'],
    since: 1_000,
    entries: [
      { at: 1_000, who: 'client', what: 'POST /orders', detail: '201', about: ['key', 'o1'] },
      { at: 1_020, who: 'demo', what: 'broker is killed', about: [], tone: 'fault' },
      { at: 1_030, who: 'client', what: 'POST /orders', about: ['o2'] },
    ],
    logs: {
      order: [line(1_010, 'event relayed', { key: 'o1', type: 'order.placed', attempt: 2 })],
      inventory: [line(1_015, 'message parked', { key: 'o1', reason: 'no' }, 40)],
    },
  });
  expect(timeline).toEqual([
    { atMs: 0, who: 'client', what: 'POST /orders', detail: '201', tone: undefined },
    { atMs: 10, who: 'order', what: 'event relayed', detail: 'order.placed · attempt 2', tone: undefined },
    { atMs: 15, who: 'inventory', what: 'message parked', detail: 'no', tone: 'fault' },
    { atMs: 20, who: 'demo', what: 'broker is killed', detail: '', tone: 'fault' },
  ]);
});

it('reads a line of the services, and keeps a crash that is no JSON', () => {
  const json = '{"level":"warn","time":"2026-01-02T03:04:05.678Z","service":"order","key":"o1","msg":"message parked"}';
  expect(parseLine(json)).toEqual({
    at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    level: 40,
    phrase: 'message parked',
    facts: { key: 'o1' },
  });
  expect(parseLine('FATAL ERROR: out of memory')).toMatchObject({ level: 50, phrase: 'FATAL ERROR: out of memory' });
});
