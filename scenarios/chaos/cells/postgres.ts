import { familyOf, freeze, thaw } from '../../faults/freeze.js';
import type { Cell, Group } from '../cell.js';
import type { ServiceName, World } from '../world.js';
import { nothingLocked } from './commit.js';

const expected = 'answers of 500 and more only while it is down; nothing that was acknowledged is lost';
const downMs = 4_000;

interface Outage {
  readonly id: string;
  readonly title: string;
  readonly spell: (world: World) => Promise<string>;
}

const outages: readonly Outage[] = [
  {
    id: 'kill',
    title: 'PostgreSQL is killed and recovers',
    async spell({ system: { stack } }) {
      await stack.postgres.kill('SIGKILL');
      await stack.postgres.start();
      return 'SIGKILL';
    },
  },
  {
    id: 'down',
    title: 'PostgreSQL is stopped and stays down',
    async spell({ system: { stack }, lasts }) {
      await stack.postgres.kill('SIGINT');
      await lasts(downMs);
      await stack.postgres.start();
      return `down for more than ${downMs / 1000} s`;
    },
  },
  {
    id: 'freeze',
    title: 'PostgreSQL stands still, with all its connections',
    async spell({ system: { stack }, lasts }) {
      const pid = stack.pids['postgres'];
      if (pid === undefined) throw new Error('PostgreSQL does not run, so it cannot stand still.');
      const family = familyOf(pid);
      await freeze(...family);
      await lasts(downMs);
      thaw(...family);
      return `stood still for ${downMs / 1000} s`;
    },
  },
  ...(['order', 'inventory'] as const).flatMap((name) => [
    {
      id: `backends.${name}`,
      title: `every connection to the ${name} database is terminated, three times`,
      async spell(world: World) {
        let ended = 0;
        for (let time = 0; time < 3; time++) {
          ended += await terminate(world, name);
          await world.lasts(world.random.integer(200, 800));
        }
        world.checks.equal('somebody was connected', ended > 0, true);
        return `${ended} backends terminated`;
      },
    },
    {
      id: `closed.${name}`,
      title: `the ${name} database takes no connections, the other one does`,
      async spell(world: World) {
        await world.admin(`alter database halfway_${name} allow_connections false`);
        world.mendsBy(() => world.admin(`alter database halfway_${name} allow_connections true`));
        await terminate(world, name);
        await world.lasts(downMs);
        await world.admin(`alter database halfway_${name} allow_connections true`);
        return `closed for ${downMs / 1000} s`;
      },
    },
    {
      id: `exhausted.${name}`,
      title: `the connections to the ${name} database are used up`,
      async spell(world: World) {
        await world.admin(`alter database halfway_${name} connection limit 1`);
        world.mendsBy(() => world.admin(`alter database halfway_${name} connection limit -1`));
        await terminate(world, name);
        await world.lasts(downMs);
        await world.admin(`alter database halfway_${name} connection limit -1`);
        return `one connection at most for ${downMs / 1000} s`;
      },
    },
  ]),
];

/** @returns how many backends were ended. */
async function terminate(world: World, name: ServiceName): Promise<number> {
  const rows = await world.admin<{ ended: boolean }>(
    `select pg_terminate_backend(pid) as ended from pg_stat_activity
      where datname = 'halfway_${name}' and usename = 'halfway_app'`,
  );
  return rows.filter(({ ended }) => ended).length;
}

const cells: readonly Cell[] = outages.map(({ id, title, spell }) => ({
  id: `F3.${id}`,
  kind: 'F',
  title,
  expected,
  quick: id === 'backends.order',
  async play(world) {
    const { load } = world;
    await load.until('a few orders are placed', () => load.placed.length >= 5);
    let over = false;
    const [how] = await Promise.all([
      spell(world).finally(() => (over = true)),
      load.until('PostgreSQL is back', () => over, 90_000),
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
