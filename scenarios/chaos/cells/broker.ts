import { BrokerFaults } from '../../faults/broker.js';
import { NoAnswerError } from '../../support/http.js';
import type { Cell, Group, Setting } from '../cell.js';
import type { World } from '../world.js';
import { nothingDeadLettered } from './processes.js';

const downMs = 6_000;

/** From the moment when the broker is gone until it is back. @returns how it went, for the page */
type Outage = (broker: BrokerFaults, world: World) => Promise<string>;

interface OutageCell extends Pick<Cell, 'id' | 'title' | 'expected' | 'healsWithinMs' | 'alone'> {
  readonly outage: Outage;
  readonly setting?: Setting;
}

/** Customers go on coming while there is no broker, and are accepted. */
export function outageCell({ outage, ...cell }: OutageCell): Cell {
  return {
    ...cell,
    kind: 'F',
    async play(world) {
      const { load, checks } = world;
      const broker = new BrokerFaults(world.system.stack, world.system.journal);
      world.mendsBy(() => broker.heal());
      await load.until('a few orders are placed', () => load.placed.length >= 5);
      let over = false;
      let accepted = 0;
      const accepting = async (): Promise<void> => {
        while (!over) {
          if (await isAccepted(world)) accepted++;
          await world.lasts(100);
        }
      };
      const [how] = await Promise.all([outage(broker, world).finally(() => (over = true)), accepting()]);
      checks.equal('orders were accepted meanwhile', accepted > 0, true);
      world.note(`${how}, ${accepted} orders accepted meanwhile`);
      world.healed();
      world.whenQuiet(() => nothingDeadLettered(world));
    },
  };
}

export const brokerIsLost: Outage = async (broker) => {
  await broker.loseEverything();
  await broker.start();
  return 'killed, its store removed';
};

export const brokerIsDown: Outage = async (broker) => {
  await broker.downFor(downMs);
  return `down for more than ${downMs / 1000} s`;
};

const expected = 'orders are accepted meanwhile; everything flows when it is back, nothing is lost';

export const broker: Group = {
  name: 'F2, F7 · the broker',
  about: 'RocketMQ broker and proxy are one process here.',
  cells: [
    outageCell({
      id: 'F2.kill',
      title: 'broker and proxy are killed and started again at once',
      expected,
      outage: async (hands) => {
        await hands.downFor(0);
        return 'killed';
      },
    }),
    outageCell({ id: 'F2.down', title: 'broker and proxy are killed and stay down', expected, outage: brokerIsDown }),
    outageCell({
      id: 'F2.freeze',
      title: 'broker and proxy stand still, with all their connections',
      expected,
      outage: async (hands, world) => {
        await hands.freeze();
        await world.lasts(downMs);
        hands.thaw();
        return `stood still for ${downMs / 1000} s`;
      },
    }),
    outageCell({
      id: 'F2.lost',
      title: 'all data of the broker is lost: messages, half messages, alarms, offsets',
      expected,
      outage: brokerIsLost,
    }),
    outageCell({
      id: 'F7.cold',
      title: 'a new broker, and orders before any consumer of inventory has ever been there',
      expected: 'what came before the consumers reaches them all the same',
      alone: true,
      outage: async (hands, world) => {
        await world.system.inventory.stop();
        await hands.loseEverything();
        await hands.start();
        await world.lasts(downMs);
        await world.up('inventory');
        return 'inventory started last';
      },
    }),
    {
      id: 'F6.queues',
      kind: 'F',
      title: 'the ordered topics get more queues under load, so that keys move',
      expected: 'FIFO is not needed: one effect of each event',
      async play(world) {
        const { load, system } = world;
        const hands = new BrokerFaults(system.stack, system.journal);
        await load.until('a few orders are placed', () => load.placed.length >= 5);
        for (const topic of ['order-events', 'inventory-events']) await hands.setQueues(topic, 16);
        const before = load.placed.length;
        await load.until('a few more orders are placed', () => load.placed.length >= before + 10);
        world.note('16 queues instead of 8');
        world.healed();
      },
    },
  ],
};

/** No answer is nobody's promise; the auditor looks for what became of it. */
async function isAccepted({ shop, load }: World): Promise<boolean> {
  try {
    return (await shop.tryPlace({ lines: load.lines() })).status === 201;
  } catch (error) {
    if (error instanceof NoAnswerError) return false;
    throw error;
  }
}
