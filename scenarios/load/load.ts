import { audit } from '../audit/audit.js';
import { withDatabases, type ReadBoth } from '../audit/databases.js';
import { underWay, untilQuiet } from '../audit/quiet.js';
import { ClientHistory } from '../history/client-history.js';
import { showProgress } from '../report/progress.js';
import { styleFor } from '../report/style.js';
import { HttpClient } from '../support/http.js';
import { Interruption } from '../support/interruption.js';
import { Journal } from '../support/journal.js';
import { parallel, times } from '../support/parallel.js';
import { Shop } from '../support/shop.js';
import { UsageError } from '../support/usage-error.js';
import { parseLoadArguments, usage, type LoadArguments } from './arguments.js';
import { Backlog } from './backlog.js';
import { BrokerLoss } from './broker-loss.js';
import { closedLoop, openLoop, ordersOf } from './loops.js';
import { latencyOf } from './percentile.js';
import { now, Placer } from './placer.js';
import { figures, usages } from './processes.js';
import { describe, type LoadResult } from './result.js';
import { settledAt } from './settlements.js';
import { openTarget, type Target } from './target.js';

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const step = <T>(title: string, work: () => Promise<T>): Promise<T> =>
  showProgress(process.stderr, styleFor(process.stderr), title, work);

/** `npm run load`. @returns the exit code */
export async function load(args: readonly string[]): Promise<number> {
  try {
    const parsed = parseLoadArguments(args);
    if (parsed.help) {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    const result = await run(parsed);
    process.stdout.write(`${parsed.json ? JSON.stringify(result, null, 2) : describe(result)}\n`);
    return result.audit.holds && (result.accepted > 0 || parsed.inventoryDown) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    log(error.message);
    return 2;
  }
}

async function run(parsed: LoadArguments): Promise<LoadResult> {
  const interruption = new Interruption(log);
  const target = await openTarget(parsed, log);
  interruption.stopsBy(() => target.stop());
  try {
    return await withDatabases(target.databases, (read) => measure(parsed, target, read));
  } finally {
    if (!interruption.signalled) await step('stopping', () => target.stop());
    interruption.dismiss();
  }
}

async function measure(parsed: LoadArguments, target: Target, read: ReadBoth): Promise<LoadResult> {
  const { loop, flow, inventoryDown } = parsed;
  const { meter, inventory, broker } = target;
  const history = new ClientHistory();
  const client = new HttpClient(target.orderUrl);
  const shop = new Shop(client, new HttpClient(target.inventoryUrl), history, new Journal());
  const backlog = new Backlog(target.databases);
  try {
    const placerOf = (skus: readonly string[]): Placer => new Placer(client, history, skus, parsed);
    const skus = await stockAndWarmUp(parsed, target, { shop, backlog, placerOf });
    if (inventoryDown) await inventory?.kill();
    await meter?.begin();
    backlog.reset();
    const before = usages(target.pids());
    const placer = placerOf(skus);
    const loss = parsed.loseBroker && broker ? new BrokerLoss(broker, placer, ordersOf(loop) / 2) : undefined;
    const startedAt = now();
    await step('measuring', () =>
      loop.kind === 'open' ? openLoop(placer, loop) : closedLoop(placer, loop, () => backlog.isFull),
    );
    const acceptedAt = now();
    const brokerLost = await loss?.over();
    const held = await underWay(read);
    if (inventoryDown) await step('starting inventory', async () => inventory?.start());
    const backAt = inventoryDown ? now() : acceptedAt;
    await step('waiting until everything has settled', () =>
      untilQuiet(target.databases, { withinMs: 300_000, everyMs: 20 }),
    );
    const settledAfterMs = now() - backAt;
    const perOrder = await meter?.perOrder(placer.asked);
    const processes = figures(before, usages(target.pids()), placer.placed.length);

    const settled = await settledAt(
      read,
      flow,
      placer.placed.map(({ orderId }) => orderId),
    );
    const completedAt = [...settled.values()].reduce((latest, at) => Math.max(latest, at), startedAt);
    const audited = await step('auditing', () =>
      audit({ ...target.databases, history: history.placements, settled: true }),
    );
    const { help: _help, json: _json, ...asked } = parsed;
    const perSecond = (orders: number, until: number): number => orders && orders / ((until - startedAt) / 1000);
    return {
      arguments: asked,
      accepted: placer.placed.length,
      failures: Object.fromEntries(placer.failures),
      tookMs: acceptedAt - startedAt,
      acceptedPerSecond: perSecond(placer.placed.length, acceptedAt),
      completedPerSecond: perSecond(settled.size, completedAt),
      largestBacklog: backlog.largest,
      createdMs: latencyOf(placer.placed.map(({ scheduledAt, answeredAt }) => answeredAt - scheduledAt)),
      awaitingPaymentMs: latencyOf(
        placer.placed.flatMap(({ orderId, scheduledAt }) => {
          const at = settled.get(orderId);
          return at === undefined ? [] : [at - scheduledAt];
        }),
      ),
      processes,
      ...(perOrder ? { perOrder } : {}),
      ...(inventoryDown ? { outage: { held, settledAfterMs } } : {}),
      ...(brokerLost ? { brokerLost: { ...brokerLost, settledAfterMs } } : {}),
      audit: audited,
    };
  } finally {
    await backlog.close();
    shop.close();
  }
}

interface Shoppers {
  readonly shop: Shop;
  readonly backlog: Backlog;
  readonly placerOf: (skus: readonly string[]) => Placer;
}

/** @returns the products, when everything is warm and quiet again, and what passes all the same is known */
async function stockAndWarmUp(
  { warmUp, skus: count }: LoadArguments,
  { databases, meter }: Target,
  { shop, backlog, placerOf }: Shoppers,
): Promise<readonly string[]> {
  const skus = await step('stocking', () => parallel(times(count), 8, () => shop.offer('load', { pieces: 1_000_000 })));
  const warming = { kind: 'closed', inFlight: 16, orders: warmUp } as const;
  await backlog.watch();
  if (warmUp) {
    await step(`warming up with ${warmUp} orders`, () => closedLoop(placerOf(skus), warming, () => backlog.isFull));
  }
  await step('waiting until the warm-up has settled', () => untilQuiet(databases));
  if (meter) await step('counting what passes without orders', () => meter.calibrate());
  return skus;
}
