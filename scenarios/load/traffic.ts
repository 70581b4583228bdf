import { setTimeout as pause } from 'node:timers/promises';
import { metricBy, metricsOf } from '../support/metric.js';
import type { System } from '../support/system.js';

/** How often something has passed so far, by what it is. */
export type Traffic = Readonly<Record<string, number>>;

/** Calls that carry something; the others keep connections alive or ask for messages that are not there. */
const brokerCalls = ['SendMessage', 'EndTransaction', 'AckMessage'] as const;

/** Of a system whose edges are wires. */
export async function trafficOf({ wires, stack }: System): Promise<Traffic> {
  const broker = await metricsOf(stack.metricsUrl);
  const calls = (['order', 'inventory'] as const).flatMap((service) =>
    brokerCalls.map((call) => [`${call} by ${service}`, wires[`${service}Broker`].calls[call] ?? 0] as const),
  );
  const topics = (name: string, what: string) =>
    [...metricBy(broker, name, 'topic')].map(([topic, count]) => [`${what} in ${topic}`, count] as const);
  return Object.fromEntries([
    ['SQL round trips, order', wires.orderPostgres.seen.roundTrips],
    ['SQL round trips, inventory', wires.inventoryPostgres.seen.roundTrips],
    ['HTTP calls, order to inventory', wires.orderInventory.seen.requests],
    ...calls,
    ...topics('rocketmq_messages_in_total', 'stored'),
    // A half message that gets the verdict is stored a second time, where consumers see it; not counted above.
    ...topics('rocketmq_commit_messages_total', 'stored on commit'),
  ]);
}

/** Counts what orders take: what passes while nobody orders (sweepers look, the broker keeps its books) is taken off. */
export class TrafficMeter {
  #idlePerMs: Traffic = {};
  #begun = { at: 0, traffic: {} as Traffic };

  constructor(
    private readonly look: () => Promise<Traffic>,
    private readonly idleMs = 10_000,
  ) {}

  /** Takes `idleMs`, in which nobody may order. */
  async calibrate(): Promise<void> {
    await this.begin();
    await pause(this.idleMs);
    const { traffic, tookMs } = await this.#since();
    this.#idlePerMs = mapped(traffic, (count) => count / tookMs);
  }

  async begin(): Promise<void> {
    this.#begun = { at: performance.now(), traffic: await this.look() };
  }

  /** Since `begin`. What does not happen is left out. */
  async perOrder(orders: number): Promise<Traffic> {
    const { traffic, tookMs } = await this.#since();
    const own = mapped(traffic, (count, what) => (count - (this.#idlePerMs[what] ?? 0) * tookMs) / Math.max(1, orders));
    return Object.fromEntries(Object.entries(own).filter(([what]) => (traffic[what] ?? 0) > 0));
  }

  async #since(): Promise<{ readonly traffic: Traffic; readonly tookMs: number }> {
    const { at, traffic: before } = this.#begun;
    const seen = await this.look();
    return { traffic: mapped(seen, (count, what) => count - (before[what] ?? 0)), tookMs: performance.now() - at };
  }
}

const mapped = (traffic: Traffic, change: (count: number, what: string) => number): Traffic =>
  Object.fromEntries(Object.entries(traffic).map(([what, count]) => [what, change(count, what)]));
