import type { Cell, Group } from '../cell.js';
import type { ServiceName } from '../world.js';

const shiftMs = 600_000;

const wrongClock = (name: ServiceName, way: 'ahead' | 'behind'): Cell => ({
  id: `F5.${name}.${way}`,
  kind: 'F',
  title: `the clock of the ${name} service is ten minutes ${way}`,
  expected: 'only liveness hangs on it; nothing is lost, nothing happens twice',
  async play(world) {
    const service = world.service(name);
    world.mendsBy(() => world.up(name));
    await service.restart({}, { clockShiftMs: way === 'ahead' ? shiftMs : -shiftMs });
    await world.load.finish();
    world.note(`${way} by ${shiftMs / 60_000} min`);
    world.healed();
  },
});

export const clocks: Group = {
  name: 'F5 · clocks',
  about: 'Ids and delays come from the services’ clocks, decisions from PostgreSQL’s.',
  cells: (['order', 'inventory'] as const).flatMap((name) => [wrongClock(name, 'ahead'), wrongClock(name, 'behind')]),
};
