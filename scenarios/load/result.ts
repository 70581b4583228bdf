import type { Audit } from '../audit/audit.js';
import type { UnderWay } from '../audit/quiet.js';
import { table } from '../report/table.js';
import type { Loss } from './broker-loss.js';
import type { LoadArguments } from './arguments.js';
import type { Latency } from './percentile.js';
import type { Traffic } from './traffic.js';

export interface ProcessFigures {
  readonly name: string;
  readonly memoryMiB: number;
  readonly cpuMicrosPerOrder: number;
}

export interface LoadResult {
  readonly arguments: Omit<LoadArguments, 'help' | 'json'>;
  readonly accepted: number;
  /** By what went wrong. */
  readonly failures: Readonly<Record<string, number>>;
  readonly tookMs: number;
  readonly acceptedPerSecond: number;
  /** Settled by inventory and known to the order service. */
  readonly completedPerSecond: number;
  readonly largestBacklog: number;
  readonly createdMs: Latency;
  readonly awaitingPaymentMs: Latency;
  readonly processes: readonly ProcessFigures[];
  /** What an order has taken, when it was counted. */
  readonly perOrder?: Traffic;
  /** What was held without inventory, and how long it took to let go of it when inventory was back. */
  readonly outage?: { readonly held: UnderWay; readonly settledAfterMs: number };
  /** What the broker lost half-way, and how long after the last order all had settled. */
  readonly brokerLost?: Loss & { readonly settledAfterMs: number };
  readonly audit: Audit;
}

export function describe(result: LoadResult): string {
  const { createdMs, awaitingPaymentMs, audit, failures } = result;
  const latency = (name: string, { p50, p95, p99, max }: Latency) => [
    name,
    ...[p50, p95, p99, max].map((ms) => (Number.isNaN(ms) ? '–' : ms.toFixed(1))),
  ];
  const cpu = result.processes.reduce((sum, { cpuMicrosPerOrder }) => sum + cpuMicrosPerOrder, 0);
  const broken = audit.findings.filter(({ holds }) => !holds);
  return [
    `${result.accepted} orders (${result.arguments.flow}) in ${(result.tookMs / 1000).toFixed(1)} s: ${result.acceptedPerSecond.toFixed(0)}/s accepted, ` +
      `${result.completedPerSecond.toFixed(0)}/s completed, backlog at most ${result.largestBacklog}`,
    ...Object.entries(failures).map(([what, count]) => `${count} without an order: ${what}`),
    '',
    table(
      ['milliseconds', 'p50', 'p95', 'p99', 'max'],
      [latency('POST → 201', createdMs), latency('POST → AWAITING_PAYMENT', awaitingPaymentMs)],
      [1, 2, 3, 4],
    ),
    ...(result.perOrder ? ['', counted(result.perOrder)] : []),
    ...(result.outage ? ['', told(result.outage)] : []),
    ...(result.brokerLost ? ['', lost(result.brokerLost, audit)] : []),
    ...(result.processes.length
      ? [
          '',
          table(
            ['process', 'memory MiB', 'CPU µs per order'],
            [
              ...result.processes.map(({ name, memoryMiB, cpuMicrosPerOrder }) => [
                name,
                memoryMiB.toFixed(0),
                cpuMicrosPerOrder.toFixed(0),
              ]),
              ['all', result.processes.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0).toFixed(0), cpu.toFixed(0)],
            ],
            [1, 2],
          ),
        ]
      : []),
    '',
    audit.holds
      ? `All ${audit.findings.length} invariants hold over ${audit.orders} orders.`
      : `No speed: ${broken.map(({ id, sentence, violations }) => `${id} (${sentence}) is broken ${violations} times`).join('; ')}.`,
  ].join('\n');
}

const counted = (traffic: Traffic): string =>
  table(
    ['passed', 'per order'],
    Object.entries(traffic).map(([what, count]) => [what, count.toFixed(2)]),
    [1],
  );

const told = ({ held, settledAfterMs }: NonNullable<LoadResult['outage']>): string =>
  `Held without inventory: ${held.pending} orders PENDING, ${held.events} events without a reply, ${held.returns} attempts that ` +
  `may hold stock; settled ${(settledAfterMs / 1000).toFixed(1)} s after it was back.`;

const lost = (
  { begun, accepted, downMs, settledAfterMs }: NonNullable<LoadResult['brokerLost']>,
  { findings }: Audit,
): string =>
  `After ${begun} orders the broker lost all it had stored; up again ${(downMs / 1000).toFixed(1)} s later, ${accepted} orders accepted ` +
  `meanwhile; all settled ${(settledAfterMs / 1000).toFixed(1)} s after the last was accepted. ` +
  `Answered with 201 and lost: ${findings.find(({ id }) => id === 'X4')?.violations ?? 0}.`;
