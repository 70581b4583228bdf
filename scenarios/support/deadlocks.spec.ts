import { deadlocksIn } from './deadlocks.js';

const log = `2026-11-23 12:10:53.490 UTC [8554] halfway_app@halfway_order LOG:  unexpected EOF on client connection
2026-11-23 12:10:54.000 UTC [70] halfway_app@halfway_order ERROR:  deadlock detected
2026-11-23 12:10:54.000 UTC [70] halfway_app@halfway_order DETAIL:  Process 70 waits for ShareLock on transaction 9; blocked by process 71.
	Process 71 waits for ShareLock on transaction 8; blocked by process 70.
	Process 70: update orders set status = $1
	Process 71: insert into idempotency
2026-11-23 12:10:54.000 UTC [70] halfway_app@halfway_order HINT:  See server log for query details.
2026-11-23 12:10:54.000 UTC [70] halfway_app@halfway_order CONTEXT:  while updating tuple (0,12) in relation "orders"
2026-11-23 12:10:54.000 UTC [70] halfway_app@halfway_order STATEMENT:  update orders
	   set status = $1
2026-11-23 12:10:55.000 UTC [72] LOG:  checkpoint starting: time
	not of a deadlock
2026-11-23 12:10:56.000 UTC [73] halfway_app@halfway_order ERROR:  deadlock detected
2026-11-23 12:10:56.000 UTC [73] halfway_app@halfway_order DETAIL:  Process 73 waits.
`;

it('tells of each deadlock who waited for whom, where, and with which statement', () => {
  expect(deadlocksIn(log, 0)).toEqual([
    '2026-11-23 12:10:54.000 · Process 70 waits for ShareLock on transaction 9; blocked by process 71. · ' +
      'Process 71 waits for ShareLock on transaction 8; blocked by process 70. · Process 70: update orders set status = $1 · ' +
      'Process 71: insert into idempotency · while updating tuple (0,12) in relation "orders" · update orders · set status = $1',
    '2026-11-23 12:10:56.000 · Process 73 waits.',
  ]);
});

it('leaves out those of before', () => {
  expect(deadlocksIn(log, Date.parse('2026-11-23T12:10:55Z'))).toEqual(['2026-11-23 12:10:56.000 · Process 73 waits.']);
});

it('finds none in a log of other errors', () => {
  expect(
    deadlocksIn('2026-11-23 12:10:54.000 UTC [70] a@b ERROR:  canceling statement due to lock timeout\n', 0),
  ).toEqual([]);
});
