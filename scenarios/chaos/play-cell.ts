import { audit } from '../audit/audit.js';
import { untilQuiet } from '../audit/quiet.js';
import { auditVerdicts } from '../audit/verdicts.js';
import { standsStill } from '../faults/freeze.js';
import { eachWire } from '../faults/wires.js';
import { checkHistory } from '../history/check-history.js';
import { finalOrders } from '../history/final-orders.js';
import { messageOf } from '../support/play.js';
import type { System } from '../support/system.js';
import { CannotBePlayedError, type Cell } from './cell.js';
import { faultsFound, type CellResult } from './cell-result.js';
import { deadlocksSentence } from './figures.js';
import { Random } from './random.js';
import { untilConverged } from './converged.js';
import { World } from './world.js';

/** From the end of a fault until nothing that was under way then is under way any more. */
export const convergesWithinMs = 30_000;
/** Looked at for this long all the same, so that a cell that is too slow is told from one that never heals. */
const patienceMs = 60_000;

/**
 * One cell on a running system: customers come, the fault is made and happens, what broke is mended, the last customer
 * leaves, everything comes to rest, and then both databases and all that clients were told are judged. Nothing is thrown:
 * a cell that cannot be played to its end is red.
 */
export async function playCell(cell: Cell, system: System, seed: number): Promise<CellResult> {
  const startedAt = performance.now();
  await system.begin();
  const world = new World(system, Random.derived(seed, cell.id));
  const found: Found = { broken: [], invariants: 0, convictions: [] };
  let reason: string | undefined;
  let skipped: string | undefined;
  try {
    await world.load.stock();
    await cell.play(world);
    const { healedAt } = world;
    const converging = healedAt === undefined ? undefined : untilConverged(world.databases, healedAt, patienceMs);
    const [convergedAfterMs] = await Promise.all([converging, world.load.finish()]);
    if (healedAt !== undefined && convergedAfterMs !== undefined) {
      found.healedAfterMs = Math.max(convergedAfterMs, world.load.healedAt(healedAt) - healedAt);
    }
    await world.mend();
    system.assertAlive();
    await judge(world, found, cell.healsWithinMs ?? convergesWithinMs);
  } catch (error) {
    if (error instanceof CannotBePlayedError) {
      skipped = error.message;
      await world.load.finish(); // the next cell has this system to itself
    } else reason = [messageOf(error), await brokenMeanwhile(world, found)].filter(Boolean).join('\n');
  }
  reason = [reason, await mended(world)].filter(Boolean).join('\n') || undefined;
  const { id, kind, title, expected, point } = cell;
  const result: CellResult = {
    id,
    kind,
    title,
    expected,
    seed,
    ...(point === undefined ? {} : { point }),
    result: skipped === undefined ? 'green' : 'skipped',
    happened: skipped ?? world.happened,
    ...(found.healedAfterMs === undefined ? {} : { healedAfterMs: found.healedAfterMs }),
    tookMs: performance.now() - startedAt,
    orders: world.load.placed.length,
    hurt: world.load.hurt.length,
    checks: world.checks.all,
    broken: found.broken,
    invariants: found.invariants,
    convictions: found.convictions,
    problems: world.load.problems,
    ...(reason === undefined ? {} : { reason }),
  };
  if (faultsFound(result).length === 0) return result;
  return { ...result, result: 'red', timeline: timelineOf(world, found) };
}

interface Found {
  healedAfterMs?: number;
  broken: CellResult['broken'];
  invariants: number;
  convictions: readonly string[];
  suspects?: readonly string[];
}

async function judge(world: World, found: Found, withinMs: number): Promise<void> {
  const { databases } = world;
  const { history } = world.system;
  world.checks.equal('the fault has happened and is over', world.healedAt !== undefined, true);
  world.checks.atMost('healed', (found.healedAfterMs ?? 0) / 1000, withinMs / 1000, ' s');
  await untilQuiet(databases, { withinMs: patienceMs, everyMs: 30 });
  const { findings: audited } = await audit({ ...databases, history: history.placements, settled: true });
  const findings = [...audited, await auditVerdicts(databases, world.system.order.log.read())];
  found.broken = findings.filter(({ holds }) => !holds);
  found.invariants = findings.length;
  const violations = checkHistory(history, await finalOrders(databases));
  found.convictions = violations.map(({ rule, sentence, about }) => `history ${rule}: ${sentence}: ${about}`);
  found.suspects = violations.map(({ about }) => about);
  world.checks.equal(deadlocksSentence, world.system.deadlocks, []);
  await world.lookWhenQuiet();
}

/** What does not come to rest may have broken something too, and that tells more than the waiting. */
async function brokenMeanwhile({ databases, system }: World, found: Found): Promise<string | undefined> {
  try {
    const { findings } = await audit({ ...databases, history: system.history.placements, settled: false });
    found.broken = findings.filter(({ holds }) => !holds);
    found.invariants = findings.length;
    return undefined;
  } catch (error) {
    return `And it could not be audited: ${messageOf(error)}`;
  }
}

/** What a cell broke is mended in any case; says what could not be. */
async function mended(world: World): Promise<string | undefined> {
  const { order, inventory, wires } = world.system;
  try {
    await world.mend();
    for (const wire of eachWire(wires)) wire.heal();
    for (const service of [order, inventory]) {
      if (service.pid !== undefined && standsStill(service.pid)) service.thaw();
      if (service.isRunning) await service.faults.disarm();
    }
    return undefined;
  } catch (error) {
    return `And it could not be mended: ${messageOf(error)}`;
  } finally {
    world.shop.close();
  }
}

/** Of those who were convicted or hurt; a few, for a person. */
function timelineOf(world: World, { suspects = [], broken }: Found) {
  const named = broken.flatMap(({ examples }) =>
    examples.flatMap((example) => Object.values(example).filter((value) => typeof value === 'string')),
  );
  return world.system.timeline(...[...suspects, ...named, ...world.load.hurt].slice(0, 3));
}
