import { withDatabases } from '../audit/databases.js';
import { worlds, type World, type Worlds } from '../audit/world.fixture-spec.js';
import { until } from '../support/until.js';
import { Backlog } from './backlog.js';
import { settledAt } from './settlements.js';

let copies: Worlds;
let world: World;
beforeAll(async () => {
  copies = await worlds();
  world = await copies.one();
});
afterAll(async () => {
  await world.drop();
  await copies.drop();
});

it.each([
  ['reserve-on-commit', 'awaiting'],
  ['return-on-failure', 'deducted'],
] as const)('in %s, knows when the order was settled, and nothing of orders of the other flow', async (flow, kind) => {
  const { awaiting, deducted, returned } = world.ids;
  const settled = await withDatabases(world.databases, (read) => settledAt(read, flow, [awaiting, deducted, returned]));
  expect([...settled.keys()]).toEqual([world.ids[kind]]);
  const agoMs = Date.now() - (settled.get(world.ids[kind]) ?? 0);
  expect(Math.abs(agoMs)).toBeLessThan(120_000);
});

it('owes the events without a reply and the attempts that may hold stock', async () => {
  const backlog = new Backlog(world.databases);
  await backlog.watch();
  try {
    await until(
      'it has looked',
      () => backlog.largest,
      (largest) => largest === 0,
    );
    await world.change(
      'order',
      `update mq.transaction_log set next_attempt_at = now() where event_type = 'order.paid'`,
    );
    await world.change(
      'order',
      `update return_intent set state = 'OPEN', next_attempt_at = now() where state = 'RETURNED'`,
    );
    await until(
      'both are owed',
      () => backlog.largest,
      (largest) => largest === 2,
    );
  } finally {
    await backlog.close();
  }
});
