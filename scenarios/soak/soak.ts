import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { audit } from '../audit/audit.js';
import { withDatabases, type AuditedDatabases } from '../audit/databases.js';
import { untilQuiet } from '../audit/quiet.js';
import { checkHistory } from '../history/check-history.js';
import { finalOrders } from '../history/final-orders.js';
import { showProgress } from '../report/progress.js';
import { styleFor } from '../report/style.js';
import { Interruption } from '../support/interruption.js';
import { refuseOthersServers } from '../support/own-servers.js';
import { parallel, times } from '../support/parallel.js';
import { root } from '../support/stack.js';
import { until } from '../support/until.js';
import { UsageError } from '../support/usage-error.js';
import { parseSoakArguments, usage, type SoakArguments } from './arguments.js';
import { Customers } from './customers.js';
import { healAll, processFaults, serverFaults, wireFaults } from './faults.js';
import { Observer } from './observer.js';
import { page } from './page.js';
import { describe, judge, type Findings } from './result.js';
import { Saboteur, type Sabotage } from './saboteur.js';
import { gauges, Sampler, type Gauge } from './sampler.js';
import { trendOf } from './trend.js';
import { openWorld, type World } from './world.js';

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const step = <T>(title: string, work: () => Promise<T>): Promise<T> =>
  showProgress(process.stderr, styleFor(process.stderr), title, work);

const skus = 20;
const auditEveryMs = 5_000;
const quietWithinMs = 300_000;

/** `npm run soak`. @returns the exit code */
export async function soak(args: readonly string[]): Promise<number> {
  try {
    const parsed = parseSoakArguments(args);
    if (parsed.help) {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    refuseOthersServers('npm run soak');
    log(`seed ${parsed.seed}`);
    const result = judge(await run(parsed));
    process.stdout.write(`${parsed.json ? JSON.stringify(result, null, 2) : describe(result)}\n`);
    if (parsed.page) writeFileSync(join(root, 'docs', 'soak.md'), page(result));
    return result.holds ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    log(error.message);
    return 2;
  }
}

async function run(parsed: SoakArguments): Promise<Findings> {
  const interruption = new Interruption(log);
  const world = await openWorld(log);
  interruption.stopsBy(() => world.stop());
  try {
    return await endure(parsed, world);
  } finally {
    if (!interruption.signalled) await step('stopping', () => world.stop());
    interruption.dismiss();
  }
}

/** Broken this often; the seeds differ, so that the three don't keep step. */
const sabotages = (seed: number): readonly Sabotage[] => [
  { faults: processFaults, seed, leastMs: 2_000, mostMs: 6_000 },
  { faults: wireFaults, seed: seed + 1, leastMs: 1_000, mostMs: 10_000 },
  { faults: serverFaults, seed: seed + 2, leastMs: 15_000, mostMs: 75_000, inTurn: true },
];

/** Whatever happens, what was set going ends. */
async function endure(parsed: SoakArguments, world: World): Promise<Findings> {
  const [over, watched] = [new AbortController(), new AbortController()];
  try {
    return await breakAndWatch(parsed, world, over, watched);
  } finally {
    over.abort();
    watched.abort();
  }
}

async function breakAndWatch(
  { minutes, rate, seed }: SoakArguments,
  world: World,
  over: AbortController,
  watched: AbortController,
): Promise<Findings> {
  const { system, shops, spared, everybody, supervisor } = world;
  const { stack, history } = system;
  const databases = { orderDatabaseUrl: stack.orderOwnerUrl, inventoryDatabaseUrl: stack.inventoryOwnerUrl };
  const offered = await step('stocking', () =>
    parallel(times(skus), 4, () => system.shop.offer('soak', { pieces: 1_000_000 })),
  );
  const customers = new Customers({ shops, skus: offered, seed, ratePerSecond: rate });
  const saboteurs = sabotages(seed).map((sabotage) => new Saboteur(system, sabotage));
  const sampler = new Sampler(stack, spared, databases);
  const observer = new Observer();

  const ending = pause(minutes * 60_000, undefined, { signal: over.signal }).finally(() => over.abort());
  const looking = [
    observer.work(databases, auditEveryMs, watched.signal),
    sampler.work(Math.min(10_000, minutes * 2_000), over.signal),
  ];
  await step(`customers come and things break for ${minutes} min`, async () => {
    const breaking = saboteurs.map((saboteur) => saboteur.work(over.signal));
    await Promise.all([ending, customers.come(over.signal), ...breaking]);
  });

  await step('mending everything', () => healAll(system, everybody));
  const healedMs = await step('waiting until what was under way has arrived', () => settled(databases));
  await step('waiting until the last customer has gone', () => customers.untilGone());
  await supervisor.off();
  await step('waiting until all is quiet', () => untilQuiet(databases, { withinMs: quietWithinMs }));
  watched.abort();
  await Promise.all(looking);

  const placements = history.placements;
  const audited = await step('auditing', () => audit({ ...databases, history: placements, settled: true }));
  return {
    asked: { minutes, rate, seed },
    acknowledged: placements.length,
    requests: history.size,
    customers: customers.outcomes,
    turnedAway: customers.turnedAway,
    damage: Object.assign({}, ...saboteurs.map(({ damage }) => damage)),
    restarts: supervisor.restarts,
    observed: observer.observed,
    audit: audited,
    history: checkHistory(history, await finalOrders(databases)),
    deadlocks: system.deadlocks,
    // The keys of a constant are the names of its type.
    trends: (Object.keys(gauges) as Gauge[]).flatMap((gauge) => trendOf(gauge, sampler.samples) ?? []),
    healedMs,
  };
}

/** How long until every event of before has arrived; customers may go on meanwhile. */
async function settled(databases: AuditedDatabases): Promise<number> {
  const startedAt = performance.now();
  await withDatabases(databases, async (read) => {
    const [now] = await read.order<{ at: Date }>('select clock_timestamp() as at');
    const left = async (): Promise<number> => {
      const counts = await Promise.all(
        [read.order, read.inventory].map((each) =>
          each<{ count: number }>(
            'select count(*)::int as count from mq.transaction_log where next_attempt_at is not null and decided_at < $1',
            [now?.at],
          ),
        ),
      );
      return counts.reduce((sum, [row]) => sum + (row?.count ?? 0), 0);
    };
    await until('every event of before has arrived', left, (count) => count === 0, { withinMs: quietWithinMs });
  });
  return performance.now() - startedAt;
}
