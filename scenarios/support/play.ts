import { audit, type Audit } from '../audit/audit.js';
import { untilQuiet } from '../audit/quiet.js';
import type { Check } from './checks.js';
import type { Scenario } from './scenario.js';
import type { System } from './system.js';
import type { TimelineLine } from './timeline.js';

/** How a scenario went, for people and for programs. */
export interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly result: 'holds' | 'fails' | 'skipped';
  readonly checks: readonly Check[];
  readonly timeline: readonly TimelineLine[];
  readonly audit?: Audit;
  /** Why it was skipped, or could not go on. */
  readonly reason?: string;
  /** Of the story alone, without audit. */
  readonly durationMs: number;
}

/**
 * Plays one scenario and audits both databases afterwards. Nothing is thrown: a scenario that cannot go on has failed, and
 * the next one gets a system that is whole again.
 */
export async function play(scenario: Scenario, system: System): Promise<Outcome> {
  const { name, title, breaks, environment } = scenario;
  const nothing = { name, title, checks: [], timeline: [], durationMs: 0 } as const;
  if (breaks === 'broker' && !system.broker) {
    return {
      ...nothing,
      result: 'skipped',
      reason: 'ROCKETMQ_ENDPOINT is set, and a broker of somebody else is not killed',
    };
  }
  let startedAt = performance.now();
  try {
    await system.begin(environment);
    startedAt = performance.now();
    const { holds, checks, timeline } = await scenario.run(system);
    const durationMs = performance.now() - startedAt;
    system.assertAlive();
    const audited = await auditWhenQuiet(system);
    return {
      ...nothing,
      checks,
      timeline,
      durationMs,
      audit: audited,
      result: holds && audited.holds ? 'holds' : 'fails',
    };
  } catch (error) {
    const durationMs = performance.now() - startedAt;
    const timeline = system.timeline(
      ...system.history.placements.slice(-1).flatMap(({ key, orderId = '' }) => [key, orderId]),
    );
    const reason = [messageOf(error), await heal(system)].filter(Boolean).join('\n');
    return { ...nothing, checks: system.checks.all, timeline, durationMs, result: 'fails', reason };
  }
}

async function auditWhenQuiet({ stack, history }: System): Promise<Audit> {
  const databases = { orderDatabaseUrl: stack.orderOwnerUrl, inventoryDatabaseUrl: stack.inventoryOwnerUrl };
  await untilQuiet(databases);
  return audit({ ...databases, history: history.placements, settled: true });
}

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
