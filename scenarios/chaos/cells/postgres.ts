import { PostgresFaults } from '../../faults/postgres.js';
import { putOnSmallDisk } from '../../faults/small-disk.js';
import { CannotBePlayedError, type Cell, type Group } from '../cell.js';
import type { World } from '../world.js';
import { nothingLocked } from './on-the-way.js';

const expected = 'answers of 500 and more only while it lasts; nothing that was acknowledged is lost';
const lastsMs = 4_000;

interface Outage {
  readonly id: string;
  readonly title: string;
  /** @returns how it went, for the page. */
  readonly spell: (postgres: PostgresFaults, world: World) => Promise<string>;
}

const lasting = `for ${lastsMs / 1000} s`;

const outages: readonly Outage[] = [
  {
    id: 'kill',
    title: 'PostgreSQL is killed and recovers',
    spell: async (postgres) => {
      await postgres.kill();
      await postgres.start();
      return 'SIGKILL';
    },
  },
  {
    id: 'down',
    title: 'PostgreSQL is stopped and stays down',
    spell: async (postgres) => {
      await postgres.downFor(lastsMs);
      return `down ${lasting}`;
    },
  },
  {
    id: 'freeze',
    title: 'PostgreSQL stands still, with all its connections and locks',
    spell: async (postgres, { lasts }) => {
      await postgres.freeze();
      await lasts(lastsMs);
      postgres.thaw();
      return `stood still ${lasting}`;
    },
  },
  ...(['order', 'inventory'] as const).flatMap((name): readonly Outage[] => [
    {
      id: `backends.${name}`,
      title: `every connection to the ${name} database is terminated, three times`,
      spell: async (postgres, { checks, lasts, random }) => {
        let ended = 0;
        for (let time = 0; time < 3; time++) {
          ended += await postgres.terminateBackends(`halfway_${name}`);
          await lasts(random.integer(200, 800));
        }
        checks.equal('somebody was connected', ended > 0, true);
        return `${ended} backends terminated`;
      },
    },
    {
      id: `closed.${name}`,
      title: `the ${name} database takes no connections, the other one does`,
      spell: async (postgres, { lasts }) => {
        await postgres.close(`halfway_${name}`);
        await lasts(lastsMs);
        await postgres.heal();
        return lasting;
      },
    },
    {
      id: `exhausted.${name}`,
      title: `no connection to the ${name} database is left`,
      spell: async (postgres, { lasts }) => {
        await postgres.exhaustConnections(`halfway_${name}`);
        await lasts(lastsMs);
        await postgres.heal();
        return lasting;
      },
    },
    {
      id: `disk.${name}`,
      title: `the disk of the ${name} database is full`,
      spell: async (_postgres, world) => {
        const disk = await putOnSmallDisk(world.system.stack, `halfway_${name}`);
        if ('skipped' in disk) throw new CannotBePlayedError(disk.skipped);
        world.mendsBy(() => disk.remove());
        disk.fill();
        await world.lasts(lastsMs);
        disk.free();
        return `full ${lasting}`;
      },
    },
  ]),
];

const cells: readonly Cell[] = outages.map(({ id, title, spell }) => ({
  id: `F3.${id}`,
  kind: 'F',
  title,
  expected,
  quick: id === 'backends.order',
  async play(world) {
    const { load, system } = world;
    const hands = new PostgresFaults(system.stack, system.journal);
    world.mendsBy(() => hands.heal());
    await load.until('a few orders are placed', () => load.placed.length >= 5);
    let over = false;
    const [how] = await Promise.all([
      spell(hands, world).finally(() => (over = true)),
      load.until('PostgreSQL is whole again', () => over, 90_000),
    ]);
    world.note(how);
    world.healed();
    world.whenQuiet(() => nothingLocked(world));
  },
}));

export const postgres: Group = {
  name: 'F3 · PostgreSQL',
  about: 'Both databases are on one server here; some faults hit one of them only.',
  cells,
};
