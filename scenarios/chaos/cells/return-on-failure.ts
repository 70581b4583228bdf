import { pointsOf } from '../at-points.js';
import { line, type Cell, type Group } from '../cell.js';
import { timings } from '../settings.js';
import type { World } from '../world.js';

const { kill, fail, delay, stand } = pointsOf('order');
const pastFenceMs = timings.fenceAfterMs + 500;
const pastIdleMs = timings.idleInTransactionMs + 500;
const aborted = 'no order stands; what was deducted goes back once, and the repeated request places one order';
const committed = 'the order stands and keeps its stock; the repeated request gets its answer';

/** A deduction whose order cannot be stored, so that the half message is committed. */
const failed = { provokedBy: 'compensate.before-commit:error:1', hit: 1 } as const;

/** The broker or the sweeper has the stock returned only when nobody can want it any more. */
async function nothingHeldInVain(world: World): Promise<void> {
  const open = await world.count('order', `return_intent where state = 'OPEN'`);
  world.checks.equal('attempts whose stock is still out', open, 0);
}

/** All customers choose this flow. */
const inThisFlow = (cell: Cell): Cell => ({
  ...cell,
  play: async (world) => {
    await world.customers({ returnOnFailure: 1 });
    await cell.play(world);
    world.whenQuiet(() => nothingHeldInVain(world));
  },
});

export const returnOnFailure: Group = {
  name: 'H · stock is deducted first, and given back on failure',
  about: 'The other flow: the half message says "give it back", and its commit is the failure.',
  cells: [
    line({
      id: 'H1',
      title: 'the intent is written, nothing is sent',
      expected: aborted,
      faults: { K: kill('compensate.after-intent'), E: fail('compensate.after-intent') },
    }),
    line({
      id: 'H2',
      title: 'the half message is stored, nothing is deducted',
      expected: aborted,
      faults: {
        K: kill('compensate.after-half'),
        E: fail('compensate.after-half'),
        L: delay(pastFenceMs, 'compensate.after-half'),
        P: stand(pastFenceMs + 3_000, 'compensate.after-half', { peer: true }),
      },
    }),
    line({
      id: 'H3',
      title: 'the stock is deducted, no order is stored',
      expected: aborted,
      faults: {
        K: kill('compensate.after-deduction'),
        E: fail('compensate.after-deduction'),
        L: delay(pastFenceMs, 'compensate.after-deduction'),
        P: stand(pastFenceMs + 3_000, 'compensate.after-deduction', { peer: true }),
      },
    }),
    line({
      id: 'H4',
      title: 'the order is written, before COMMIT',
      expected: aborted,
      faults: {
        K: kill('compensate.before-commit'),
        E: fail('compensate.before-commit'),
        L: delay(pastIdleMs, 'compensate.before-commit'),
      },
    }),
    line({
      id: 'H5',
      title: 'after COMMIT, before the answer',
      expected: committed,
      faults: { K: kill('compensate.after-commit'), T: fail('compensate.after-commit') },
    }),
    line({
      id: 'H6',
      title: 'before the verdict: rollback, as the order stands',
      expected: committed,
      faults: { K: kill('compensate.before-verdict'), E: fail('compensate.before-verdict') },
    }),
    line({
      id: 'H7',
      title: 'before the verdict: commit, as the order does not stand',
      expected: aborted,
      faults: { K: kill('compensate.before-verdict', failed), E: fail('compensate.before-verdict', failed) },
    }),
  ]
    .flat()
    .map(inThisFlow),
};
