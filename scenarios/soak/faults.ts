import { setTimeout as pause } from 'node:timers/promises';
import { eachWire } from '../faults/wires.js';
import { between, pick, type Random } from '../support/random.js';
import type { Service } from '../support/service.js';
import type { System } from '../support/system.js';

/** Something that breaks and is whole again when `run` returns, or soon after by itself. */
export interface Fault {
  readonly name: string;
  readonly run: (system: System, random: Random) => Promise<void>;
}

const victims = ({ order, inventory }: System): readonly Service[] => [order, inventory];
const wiresOf = ({ wires }: System) => eachWire(wires);

/** Somebody starts it again after half a second (`superviseRestarts`); it is over when it answers. */
async function killed(service: Service): Promise<void> {
  const { pid } = service;
  if (pid === undefined) return;
  process.kill(pid, 'SIGKILL');
  await service.untilLive(120_000);
}

export const processFaults: readonly Fault[] = [
  { name: 'order killed', run: ({ order }) => killed(order) },
  { name: 'inventory killed', run: ({ inventory }) => killed(inventory) },
  { name: 'order and inventory killed', run: async (system) => void (await Promise.all(victims(system).map(killed))) },
  {
    // Up to 15 s: past the lease of 10 s, so that the other instance takes over and this one wakes up with what it believed.
    name: 'a service frozen',
    run: async (system, random) => {
      const service = pick(random, victims(system));
      if (!service.isRunning) return;
      await service.freeze();
      await pause(between(random, 500, 15_000));
      service.thaw();
    },
  },
];

type Hurt = (wire: ReturnType<typeof wiresOf>[number], random: Random) => void;

const wireFault = (name: string, longestMs: number, hurt: Hurt): Fault => ({
  name,
  run: async (system, random) => {
    const wire = pick(random, wiresOf(system));
    hurt(wire, random);
    await pause(between(random, 200, longestMs));
    wire.heal();
  },
});

export const wireFaults: readonly Fault[] = [
  wireFault('a wire cut', 4_000, (wire) => wire.cut()),
  wireFault('a wire swallows', 8_000, (wire) => wire.blackHole()),
  wireFault('a wire swallows one way', 8_000, (wire, random) => wire.blackHole(pick(random, ['toServer', 'toClient']))),
  wireFault('a wire half open', 2_000, (wire, random) => wire.halfOpen(pick(random, ['client', 'server']))),
  wireFault('a wire slow', 8_000, (wire, random) => wire.delay(between(random, 50, 500), { jitterMs: 50 })),
  wireFault('a wire narrow', 8_000, (wire) => wire.limit(10_000)),
  wireFault('a wire reset in a message', 2_000, (wire, random) =>
    wire.resetAfter(Math.floor(between(random, 1, 5_000))),
  ),
];

/** The short one first: in turn, a run of a minute sees it. */
export const serverFaults: readonly Fault[] = [
  {
    name: 'PostgreSQL killed',
    run: async ({ stack: { postgres } }, random) => {
      await postgres.kill('SIGKILL');
      await pause(between(random, 0, 3_000));
      await postgres.start();
    },
  },
  {
    name: 'broker killed',
    run: async ({ broker }, random) => {
      await broker?.kill();
      await pause(between(random, 0, 10_000));
      await broker?.start();
    },
  },
];

/** Whatever was broken, by whomever; safe to do twice. */
export async function healAll(system: System, everybody: readonly Service[]): Promise<void> {
  for (const service of victims(system)) service.thaw();
  for (const wire of wiresOf(system)) wire.heal();
  await system.stack.postgres.start();
  await system.broker?.start();
  await Promise.all(everybody.map((service) => service.untilReady(180_000)));
}
