import { standsStill } from '../faults/freeze.js';
import type { Fault } from './cell.js';
import type { ServiceName, World } from './world.js';

export interface AtPoint {
  /** More faults that lead there, e.g. a lost verdict so that the broker asks. */
  readonly provokedBy?: string;
  /** Which time; default a draw from 1 to 3. */
  readonly hit?: number;
  /** A second process of the service runs meanwhile and does what is nobody's own. */
  readonly peer?: boolean;
}

type Making = (point: string, options?: AtPoint) => Fault;

export interface PointsOf {
  /** The process kills itself there and is started again after a pause. */
  readonly kill: Making;
  /** The step fails there: before its effect, or after it with the answer lost. Which of the two is what the point says. */
  readonly fail: Making;
  readonly delay: (ms: number, point: string, options?: AtPoint) => Fault;
  /** It stands still there for so long, and goes on as if nothing had been. */
  readonly stand: (ms: number, point: string, options?: AtPoint) => Fault;
}

/** Faults at the named lines of a service, armed while it runs. Each asserts that it has happened: none is green by luck. */
export const pointsOf = (name: ServiceName): PointsOf => ({
  kill: (point, options = {}) => ({ point, play: (world) => kill(world, name, point, options) }),
  fail: (point, options = {}) => ({ point, play: (world) => fires(world, name, point, 'error', options) }),
  delay: (ms, point, options = {}) => ({
    point,
    play: async (world) => {
      await fires(world, name, point, `delay:${ms}`, options);
      await world.lasts(ms);
      world.healed();
    },
  }),
  stand: (ms, point, options = {}) => ({ point, play: (world) => stand(world, name, point, ms, options) }),
});

async function arm(world: World, name: ServiceName, point: string, kind: string, options: AtPoint): Promise<number> {
  const { provokedBy, peer = false, hit = world.random.integer(1, 3) } = options;
  if (peer) await world.peer(name);
  const plan = [...(provokedBy === undefined ? [] : [provokedBy]), `${point}:${kind}:${hit}`].join(',');
  await world.service(name).faults.arm(plan);
  return hit;
}

async function kill(world: World, name: ServiceName, point: string, options: AtPoint): Promise<void> {
  const service = world.service(name);
  const hit = await arm(world, name, point, 'kill', options);
  service.expectEnd();
  await world.load.until(`the ${name} service is killed at ${point}`, () => !service.isRunning);
  await service.untilEnded();
  world.checks.equal('it ended by the signal of the crash point', service.endedWith, 'SIGKILL');
  const downMs = world.random.integer(0, 1_000);
  await world.lasts(downMs);
  await world.up(name);
  world.note(`${name} killed at hit ${hit}, started again after ${(downMs / 1000).toFixed(1)} s`);
  world.healed();
}

async function fires(world: World, name: ServiceName, point: string, kind: string, options: AtPoint): Promise<void> {
  const { faults } = world.service(name);
  const hit = await arm(world, name, point, kind, options);
  await world.load.until(`${point} of the ${name} service fails`, () => hasFired(world, name, point));
  world.note(`${kind} in ${name} at hit ${hit}`);
  world.healed();
  await faults.disarm();
}

/** Narrowed to a type or not: as it was armed. */
async function hasFired(world: World, name: ServiceName, armed: string): Promise<boolean> {
  const { fired } = await world.service(name).faults.state();
  return fired.some(({ point, what }) => armed === point || armed === `${point}@${what}`);
}

async function stand(world: World, name: ServiceName, point: string, ms: number, options: AtPoint): Promise<void> {
  const service = world.service(name);
  const hit = await arm(world, name, point, 'stop', options);
  const { pid } = service;
  if (pid === undefined) throw new Error(`The ${name} service does not run.`);
  await world.load.until(`the ${name} service stands still at ${point}`, () => standsStill(pid));
  await world.lasts(ms);
  service.thaw();
  world.note(`${name} stood still for ${(ms / 1000).toFixed(1)} s at hit ${hit}`);
  world.healed();
  world.checks.equal('it stood still at its point', await hasFired(world, name, point), true);
}
