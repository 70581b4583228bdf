import { audit, type Audit } from '../audit/audit.js';
import type { AuditedDatabases } from '../audit/databases.js';
import { untilQuiet } from '../audit/quiet.js';
import { checkHistory } from '../history/check-history.js';
import type { Violation } from '../history/convict.js';
import { finalOrders } from '../history/final-orders.js';
import type { Check } from './checks.js';
import type { Flow } from './flow.js';
import { tellingIn, type Scenario } from './scenario.js';
import type { System } from './system.js';
import type { TimelineLine } from './timeline.js';
import type { Patience } from './until.js';

/** How a scenario went, for people and for programs. */
export interface Outcome {
  readonly name: string;
  readonly flow: Flow;
  readonly title: string;
  readonly result: 'holds' | 'fails' | 'skipped';
  readonly checks: readonly Check[];
  readonly timeline: readonly TimelineLine[];
  readonly audit?: Audit;
  /** What clients were told and what cannot all be true; absent when it was not judged. */
  readonly history?: readonly Violation[];
  /** Why it was skipped, or could not go on. */
  readonly reason?: string;
  /** Of the story alone, without audit. */
  readonly durationMs: number;
}

/**
 * Plays one scenario in one flow, then audits both databases and judges what the clients were told. Nothing is thrown: a scenario that cannot go on has failed, and
 * the next one gets a system that is whole again.
 */
export async function play(scenario: Scenario, system: System, flow: Flow): Promise<Outcome> {
  const { name, breaks, environment } = scenario;
  const { title } = tellingIn(flow, scenario);
  const nothing = { name, flow, title, checks: [], timeline: [], durationMs: 0 } as const;
  if (breaks === 'broker' && !system.broker) {
    return {
      ...nothing,
      result: 'skipped',
      reason: 'ROCKETMQ_ENDPOINT is set, and a broker of somebody else is not killed',
    };
  }
  let startedAt = performance.now();
  try {
    await system.begin(environment, flow);
    startedAt = performance.now();
    const { holds, checks, timeline } = await scenario.run(system, flow);
    const durationMs = performance.now() - startedAt;
    system.assertAlive();
    const audited = await auditSystem(system, { settled: true });
    const history = await judgeHistory(system);
    return {
      ...nothing,
      checks,
      timeline,
      durationMs,
      audit: audited,
      history,
      result: holds && audited.holds && history.length === 0 ? 'holds' : 'fails',
    };
  } catch (error) {
    const durationMs = performance.now() - startedAt;
    const { key, orderId } = system.history.latest ?? {};
    const timeline = system.timeline(...[key, orderId].filter((id) => id !== undefined));
    const reason = [messageOf(error), await heal(system)].filter(Boolean).join('\n');
    return { ...nothing, checks: system.checks.all, timeline, durationMs, result: 'fails', reason };
  }
}

/** @throws NotInTimeError when `settled` is asked for and something stays under way. */
export async function auditSystem(
  { stack, history }: System,
  { settled, ...patience }: Patience & { readonly settled: boolean },
): Promise<Audit> {
  const databases = databasesOf(stack);
  if (settled) await untilQuiet(databases, patience);
  return audit({ ...databases, history: history.placements, settled });
}

/** When nothing is under way: what clients were told is held against what became of it. */
export async function judgeHistory({ stack, history }: System): Promise<readonly Violation[]> {
  return checkHistory(history, await finalOrders(databasesOf(stack)));
}

const databasesOf = ({ orderOwnerUrl, inventoryOwnerUrl }: System['stack']): AuditedDatabases => ({
  orderDatabaseUrl: orderOwnerUrl,
  inventoryDatabaseUrl: inventoryOwnerUrl,
});

/** What a scenario broke and could not mend, because it ended early. Services are started by the next one. */
async function heal({ broker }: System): Promise<string | undefined> {
  try {
    await broker?.start();
    return undefined;
  } catch (error) {
    return `And the broker could not be started again: ${messageOf(error)}`;
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
