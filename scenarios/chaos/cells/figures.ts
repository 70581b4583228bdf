import { pointsOf } from '../at-points.js';
import type { Cell, Group } from '../cell.js';
import type { World } from '../world.js';
import { brokerIsDown, brokerIsLost, outageCell } from './broker.js';
import { stopped } from './processes.js';

const setting = 'defaults';
const soonMs = 15_000;
const { kill } = pointsOf('order');

/** The consumer is gone for good, and another process of the group takes what it held. */
const takenOver: Cell = {
  id: 'Z2.K',
  kind: 'K',
  point: 'consume.before-commit@order.placed',
  title: 'a consumer is killed over a message and does not come back; another one has its place',
  expected: 'everything that it held is taken over within 15 s',
  setting,
  healsWithinMs: soonMs,
  async play(world: World) {
    const { inventory } = world.system;
    // The other process has another address: nobody could deduct stock by a call.
    await world.customers({ returnOnFailure: 0 });
    await world.peer('inventory');
    await inventory.faults.arm('consume.before-commit@order.placed:kill:1');
    inventory.expectEnd();
    await world.load.until('the inventory service is killed', () => !inventory.isRunning);
    world.healed();
    world.note('taken over by the other process');
    world.mendsBy(() => world.up('inventory'));
  },
};

export const figures: Group = {
  name: 'Z · figures, with the timings of production',
  about: 'The same faults with every limit as it is delivered, against what is promised.',
  cells: [
    {
      id: 'Z1.K',
      kind: 'K',
      point: 'publish.after-commit',
      title: 'killed between COMMIT and verdict: publish after the restart',
      expected: 'within 15 s',
      setting,
      healsWithinMs: soonMs,
      play: kill('publish.after-commit', { hit: 1 }).play,
    },
    takenOver,
    outageCell({
      id: 'Z3.F',
      title: 'the broker is down: what was accepted meanwhile is drained',
      expected: 'within 30 s of its return',
      setting,
      outage: brokerIsDown,
    }),
    outageCell({
      id: 'Z4.F',
      title: 'all data of the broker is lost',
      expected: 'nothing that was acknowledged is lost, all at rest within 30 s',
      setting,
      outage: brokerIsLost,
    }),
    { ...stopped('Z5.order', 'order'), setting },
    { ...stopped('Z5.inventory', 'inventory'), setting },
  ],
};
