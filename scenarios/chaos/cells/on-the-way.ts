import type { CallTrap } from '../../faults/call-watcher.js';
import type { CommitTrap } from '../../faults/postgres-wire.js';
import { pointsOf } from '../at-points.js';
import { line, type Cell, type Fault } from '../cell.js';
import { timings } from '../settings.js';
import type { ServiceName, World } from '../world.js';

/** What happens to a COMMIT on its way, one of those that customers cause. */
const trapped = (name: ServiceName, trap: CommitTrap): Fault => ({
  play: async (world) => {
    const wire = world.system.wires[`${name}Postgres`];
    wire.trapCommit(trap);
    await world.load.until(`a COMMIT of the ${name} service is caught`, () => wire.trapped);
    world.note(`COMMIT of ${name}: ${trap}`);
    world.healed();
  },
});

/** A client is gone and its backend commits seconds later: why no timer fences a transaction, only its key does. */
const outlives: Fault = {
  play: async (world) => {
    const { system, random } = world;
    const wire = system.wires.orderPostgres;
    wire.trapCommit('held-back');
    world.mendsBy(async () => wire.releaseCommit());
    await world.load.until('a COMMIT of the order service is held back', () => wire.trapped);
    await system.order.kill();
    const lateMs = random.integer(500, 6_000);
    await world.up('order');
    await world.lasts(lateMs);
    wire.releaseCommit();
    world.note(`order killed, its COMMIT arrived ${(lateMs / 1000).toFixed(1)} s after its next start`);
    world.healed();
  },
};

const expected =
  'whoever asks gets one decision; an order that exists is delivered, the repeated request gets its answer';
const order = pointsOf('order');

export const orderCommit: readonly Cell[] = [
  line({
    id: 'C6',
    title: 'COMMIT on its way',
    expected,
    faults: { K: outlives, E: trapped('order', 'never-arrives'), T: trapped('order', 'answer-lost') },
    quick: ['T'],
  }),
  line({
    id: 'C6.answer',
    title: 'COMMIT is answered, and the answer is taken for lost',
    expected,
    faults: {
      K: order.kill('publish.before-commit-answer'),
      T: order.fail('publish.before-commit-answer'),
      L: order.delay(timings.fenceAfterMs + 500, 'publish.before-commit-answer'),
    },
  }),
].flat();

/** What happens to a call to the broker on its way. */
const called = (name: ServiceName, call: CallTrap['call'], effect: CallTrap['effect'], topic?: string): Fault => ({
  play: async (world) => {
    const wire = world.system.wires[`${name}Broker`];
    wire.trapCall({ call, effect, ...(topic === undefined ? {} : { topic }), hit: world.random.integer(1, 3) });
    await world.load.until(`${call} of the ${name} service is caught`, () => wire.trapped);
    world.note(`${call} of ${name}: ${effect}`);
    world.healed();
  },
});

/** The broker has done what it was asked for, or was never asked, and the client sees the same: a broken connection. */
export const calls: readonly Cell[] = [
  line({
    id: 'C3.wire',
    title: 'the half message on its way',
    expected:
      'the order is placed all the same, or the repeated request places it; a half message without an order is rolled back',
    faults: {
      E: called('order', 'SendMessage', 'never-arrives', 'order-events-tx'),
      T: called('order', 'SendMessage', 'answer-lost', 'order-events-tx'),
    },
  }),
  line({
    id: 'C8.wire',
    title: 'the verdict on its way',
    expected: 'check-back or sweeper delivers; one reservation',
    faults: {
      E: called('order', 'EndTransaction', 'never-arrives'),
      T: called('order', 'EndTransaction', 'answer-lost'),
    },
  }),
  line({
    id: 'R2.wire',
    title: 'the event on its way to the ordered topic',
    expected: 'duplicates only',
    faults: {
      E: called('order', 'SendMessage', 'never-arrives', 'order-events'),
      T: called('order', 'SendMessage', 'answer-lost', 'order-events'),
    },
  }),
  line({
    id: 'R3.wire',
    title: 'the acknowledgement of a carrier message or an answer on its way',
    expected: 'handed out again, without effect',
    faults: {
      E: called('order', 'AckMessage', 'never-arrives'),
      T: called('order', 'AckMessage', 'answer-lost'),
    },
  }),
  line({
    id: 'I5.wire',
    title: 'the reply of inventory on its way',
    expected: 'the same reply again',
    faults: {
      E: called('inventory', 'SendMessage', 'never-arrives'),
      T: called('inventory', 'SendMessage', 'answer-lost'),
    },
  }),
  line({
    id: 'I6.wire',
    title: 'the acknowledgement of inventory on its way',
    expected: 'handed out again, one effect, the same reply',
    faults: {
      E: called('inventory', 'AckMessage', 'never-arrives'),
      T: called('inventory', 'AckMessage', 'answer-lost'),
    },
  }),
  line({
    id: 'I0.wire',
    title: 'messages on their way to inventory',
    expected: 'handed out again when their lease is over',
    faults: { T: called('inventory', 'ReceiveMessage', 'answer-lost') },
  }),
].flat();

export const inventoryCommit: readonly Cell[] = line({
  id: 'I4',
  title: 'COMMIT on its way',
  expected: 'one effect, the same reply',
  faults: { E: trapped('inventory', 'never-arrives'), T: trapped('inventory', 'answer-lost') },
  check: nothingLocked,
});

/** No transaction is left open by a fault. */
export async function nothingLocked(world: World): Promise<void> {
  const left = await world.count(
    'inventory',
    `pg_stat_activity where state like 'idle in transaction%' and xact_start < clock_timestamp() - interval '5 s'`,
  );
  world.checks.equal('transactions open for more than 5 s', left, 0);
}
