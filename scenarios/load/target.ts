import type { AuditedDatabases } from '../audit/databases.js';
import type { BrokerFaults } from '../faults/broker.js';
import type { Service } from '../support/service.js';
import { refuseOthersServers } from '../support/own-servers.js';
import { System } from '../support/system.js';
import { UsageError } from '../support/usage-error.js';
import type { LoadArguments } from './arguments.js';
import { trafficOf, TrafficMeter } from './traffic.js';

/** The system under load, ours or somebody's on this machine. */
export interface Target {
  readonly orderUrl: string;
  readonly inventoryUrl: string;
  readonly databases: AuditedDatabases;
  /** Of the processes that are ours to look into. */
  readonly pids: () => Readonly<Record<string, number>>;
  /** Counts, when that is asked for. */
  readonly meter?: TrafficMeter;
  /** Of a system that is ours to break. */
  readonly inventory?: Service;
  readonly broker?: BrokerFaults;
  stop(): Promise<void>;
}

/** No order expires during a run, and no line per order is logged: both would be measured. */
const environment = { PAYMENT_WINDOW_MS: '3600000', LOG_LEVEL: 'warn' } as const;

export async function openTarget(
  { existing, count, loseBroker }: LoadArguments,
  log: (line: string) => void,
): Promise<Target> {
  if (existing) {
    const { ORDER_DATABASE_URL: orderDatabaseUrl, INVENTORY_DATABASE_URL: inventoryDatabaseUrl } = process.env;
    if (!orderDatabaseUrl || !inventoryDatabaseUrl) {
      throw new UsageError(
        'Times and audit come from the databases: set ORDER_DATABASE_URL and INVENTORY_DATABASE_URL.',
      );
    }
    return {
      ...existing,
      databases: { orderDatabaseUrl, inventoryDatabaseUrl },
      pids: () => ({}),
      stop: async () => {},
    };
  }
  if (loseBroker) refuseOthersServers('--lose-broker');
  const system = await System.start({ profile: 'demo', ports: 'free', environment, wires: count, log });
  const { stack, order, inventory } = system;
  return {
    orderUrl: order.url,
    inventoryUrl: inventory.url,
    databases: { orderDatabaseUrl: stack.orderOwnerUrl, inventoryDatabaseUrl: stack.inventoryOwnerUrl },
    pids: () => stack.pids,
    inventory,
    ...(system.broker ? { broker: system.broker } : {}),
    ...(count ? { meter: new TrafficMeter(() => trafficOf(system)) } : {}),
    stop: () => system.stop(),
  };
}
