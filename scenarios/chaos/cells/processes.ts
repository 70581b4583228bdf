import type { Cell, Group } from '../cell.js';
import { metric } from '../../support/metric.js';
import type { ServiceName, World } from '../world.js';

const stopsWithinMs = 20_000;

/** Kills come for so long; the soak does the same for hours. */
const rageMs = 12_000;

const killedAtRandom: Cell = {
  id: 'F1.K',
  kind: 'K',
  title: 'both services are killed at random, again and again',
  expected: 'all that was promised is there',
  async play(world) {
    const { load, random } = world;
    const until = Date.now() + rageMs;
    load.begin();
    const rage = async (name: ServiceName): Promise<number> => {
      let kills = 0;
      for (; Date.now() < until; kills++) {
        await world.lasts(random.integer(500, 3_000));
        await world.service(name).kill('SIGKILL');
        await world.up(name);
      }
      return kills;
    };
    let over = false;
    const [order, inventory] = await Promise.all([
      rage('order'),
      rage('inventory'),
      load.until('the killing is over', () => over || Date.now() >= until, rageMs * 4),
    ]).finally(() => (over = true));
    world.note(`order killed ${order} times, inventory ${inventory} times`);
    world.healed();
  },
};

export const stopped = (id: string, name: ServiceName): Cell => ({
  id,
  kind: 'F',
  title: `SIGTERM of the ${name} service under load`,
  expected: 'ends within 20 s, nothing goes to the dead letters',
  async play(world) {
    const { load, checks } = world;
    let placed = 0;
    await load.until('a few orders are placed', () => (placed = load.placed.length) >= 5);
    const startedAt = Date.now();
    checks.equal(`it ends by itself, after ${placed} orders`, await world.service(name).stop(), 'stopped');
    const tookMs = Date.now() - startedAt;
    checks.atMost('ended in time', tookMs / 1000, stopsWithinMs / 1000, ' s');
    await world.up(name);
    world.note(`${name} ended after ${(tookMs / 1000).toFixed(1)} s`);
    world.healed();
    world.whenQuiet(() => nothingDeadLettered(world));
  },
});

/** The broker gives up on nothing, ever (ADR 0015). */
export async function nothingDeadLettered({ system, checks }: World): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${system.stack.ports['metrics']}/metrics`);
  const dead = metric(await answer.text(), 'rocketmq_send_to_dlq_messages_total') ?? 0;
  checks.equal('messages in the dead letters', dead, 0);
}

export const processes: Group = {
  name: 'F1, G1 · processes',
  about: 'Killed at random, and stopped in order, both under load.',
  cells: [killedAtRandom, stopped('G1.order', 'order'), stopped('G1.inventory', 'inventory')],
};
