import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { freeze, thaw } from '../../faults/freeze.js';
import { NoAnswerError } from '../../support/http.js';
import type { Cell, Group } from '../cell.js';
import type { World } from '../world.js';
import { nothingDeadLettered } from './processes.js';

const expected = 'orders are accepted meanwhile; everything flows when it is back, nothing is lost';
const downMs = 6_000;

interface Outage {
  readonly id: string;
  readonly title: string;
  /** From the moment when the broker is gone until it is back. */
  readonly spell: (world: World) => Promise<string>;
}

const outages: readonly Outage[] = [
  {
    id: 'kill',
    title: 'broker and proxy are killed and started again at once',
    async spell(world) {
      await brokerOf(world).kill();
      await brokerOf(world).start();
      return 'killed';
    },
  },
  {
    id: 'down',
    title: 'broker and proxy are killed and stay down',
    async spell(world) {
      await brokerOf(world).kill();
      await world.lasts(downMs);
      await brokerOf(world).start();
      return `down for more than ${downMs / 1000} s`;
    },
  },
  {
    id: 'freeze',
    title: 'broker and proxy stand still, with all their connections',
    async spell({ system, lasts }) {
      const pid = system.stack.pids['broker'];
      if (pid === undefined) throw new Error('The broker does not run, so it cannot stand still.');
      await freeze(pid);
      await lasts(downMs);
      thaw(pid);
      return `stood still for ${downMs / 1000} s`;
    },
  },
  {
    id: 'lost',
    title: 'all data of the broker is lost: messages, half messages, timers, offsets',
    async spell(world) {
      await brokerOf(world).kill();
      rmSync(join(world.system.stack.folder, 'rocketmq', 'store'), { recursive: true });
      await brokerOf(world).start();
      return 'killed, its store removed';
    },
  },
];

/** No answer is nobody's promise; the auditor looks for what became of it. */
async function isAccepted({ shop, load }: World): Promise<boolean> {
  try {
    return (await shop.tryPlace({ lines: load.lines() })).status === 201;
  } catch (error) {
    if (error instanceof NoAnswerError) return false;
    throw error;
  }
}

function brokerOf({ system: { broker } }: World) {
  if (!broker) throw new Error('A broker of somebody else is not killed. Unset ROCKETMQ_ENDPOINT.');
  return broker;
}

const cells: readonly Cell[] = outages.map(({ id, title, spell }) => ({
  id: `F2.${id}`,
  kind: 'F',
  title,
  expected,
  async play(world) {
    const { load, checks } = world;
    await load.until('a few orders are placed', () => load.placed.length >= 5);
    // Customers who come now wait for inventory, which hears of nothing; that they are accepted is what is looked at.
    let over = false;
    let accepted = 0;
    const accepting = async (): Promise<void> => {
      while (!over) {
        if (await isAccepted(world)) accepted++;
        await world.lasts(100);
      }
    };
    const [how] = await Promise.all([spell(world).finally(() => (over = true)), accepting()]);
    checks.equal('orders were accepted meanwhile', accepted > 0, true);
    world.note(`${how}, ${accepted} orders accepted meanwhile`);
    world.healed();
    world.whenQuiet(() => nothingDeadLettered(world));
  },
}));

export const broker: Group = {
  name: 'F2 · the broker',
  about: 'RocketMQ broker and proxy are one process here.',
  cells,
};
