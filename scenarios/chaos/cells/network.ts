import type { Wire } from '../../faults/wire.js';
import type { Wires } from '../../faults/wires.js';
import type { Cell, Group } from '../cell.js';
import type { World } from '../world.js';
import { calls } from './on-the-way.js';

/** Long enough that every limit of time on the way is passed. */
const lastsMs = 4_000;

interface Weather {
  readonly id: string;
  readonly title: string;
  /** @returns how it went, for the page. */
  readonly hurt: (wire: Wire, world: World) => Promise<string>;
}

/** Bytes have passed meanwhile, or nobody has felt the weather. */
async function whileItLasts(wire: Wire, world: World, mustPass: boolean): Promise<void> {
  const before = wire.bytes.toServer + wire.bytes.toClient;
  await world.lasts(lastsMs);
  if (!mustPass) return;
  const passed = wire.bytes.toServer + wire.bytes.toClient - before;
  world.checks.equal('something has passed meanwhile', passed > 0, true);
}

const spell = (id: string, title: string, begin: (wire: Wire) => void, mustPass: boolean): Weather => ({
  id,
  title,
  async hurt(wire, world) {
    begin(wire);
    await whileItLasts(wire, world, mustPass);
    wire.heal();
    return `for ${lastsMs / 1000} s`;
  },
});

const weathers: readonly Weather[] = [
  spell('cut', 'cut', (wire) => wire.cut(), false),
  spell('black-hole', 'nothing passes', (wire) => wire.blackHole(), false),
  spell('deaf', 'nothing passes to the server', (wire) => wire.blackHole('toServer'), false),
  spell('mute', 'nothing passes back', (wire) => wire.blackHole('toClient'), false),
  spell('half-open', 'the server is gone, and the client is not told', (wire) => wire.halfOpen('client'), false),
  spell('slow', '500 ms later', (wire) => wire.delay(250, { jitterMs: 100 }), true),
  spell('narrow', '10 kB/s', (wire) => wire.limit(10_000), true),
  {
    id: 'reset',
    title: 'reset at a random byte, three times',
    async hurt(wire, world) {
      const at: number[] = [];
      for (const direction of ['toServer', 'toClient', 'toServer'] as const) {
        const bytes = world.random.integer(1, 4_000);
        wire.resetAfter(bytes, direction);
        await world.load.until(`the wire is reset after ${bytes} bytes`, () => wire.trapped);
        at.push(bytes);
      }
      return `after ${at.join(', ')} bytes`;
    },
  },
];

const edges: Readonly<Partial<Record<keyof Wires, string>>> = {
  clientOrder: 'customers and order service',
  orderPostgres: 'order service and PostgreSQL',
  orderBroker: 'order service and broker',
  inventoryPostgres: 'inventory and PostgreSQL',
  inventoryBroker: 'inventory and broker',
  orderInventory: 'order service and inventory',
};

// Object.keys knows no key but string; they are the keys of the record.
const cells: readonly Cell[] = (Object.keys(edges) as (keyof Wires)[]).flatMap((edge) =>
  weathers.map(({ id, title, hurt }): Cell => ({
    id: `F4.${edge}.${id}`,
    kind: 'F',
    title: `${edges[edge]}: ${title}`,
    expected: 'nothing that was promised is lost',
    async play(world) {
      const load = edge === 'orderInventory' ? await world.customers({ returnOnFailure: 1 }) : world.load;
      const wire = world.system.wires[edge];
      await load.until('a few orders are placed', () => load.placed.length >= 3);
      world.checks.equal('there is somebody on the wire', wire.open > 0, true);
      let over = false;
      const [how] = await Promise.all([
        hurt(wire, world).finally(() => (over = true)),
        load.until('the weather is over', () => over),
      ]);
      world.note(how);
      world.healed();
    },
  })),
);

export const network: Group = {
  name: 'F4 · the network',
  about:
    'Each edge, each direction; then single calls to the broker, cut right before or right after they were forwarded.',
  cells: [...cells, ...calls],
};
