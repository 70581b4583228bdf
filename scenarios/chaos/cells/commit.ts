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
