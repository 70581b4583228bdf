import type { Stack } from '../support/stack.js';
import { openBrokerWire, type BrokerWire } from './broker-wire.js';
import { openHttpWire, type HttpWire } from './http-wire.js';
import { openPostgresWire, type PostgresWire } from './postgres-wire.js';
import { openWire, type Wire } from './wire.js';

/** A wire on every edge of the system. */
export interface Wires {
  readonly orderPostgres: PostgresWire;
  readonly inventoryPostgres: PostgresWire;
  readonly orderBroker: BrokerWire;
  readonly inventoryBroker: BrokerWire;
  readonly clientOrder: Wire;
  readonly clientInventory: Wire;
  /** Of the flow "return-on-failure", which asks for stock over HTTP. */
  readonly orderInventory: HttpWire;
}

export async function openWires(
  stack: Stack,
  services: Readonly<Record<'order' | 'inventory', string>>,
): Promise<Wires> {
  return {
    orderPostgres: await openPostgresWire(stack.orderDatabaseUrl),
    inventoryPostgres: await openPostgresWire(stack.inventoryDatabaseUrl),
    orderBroker: await openBrokerWire(stack.rocketmqEndpoint),
    inventoryBroker: await openBrokerWire(stack.rocketmqEndpoint),
    clientOrder: await openWire(services.order),
    clientInventory: await openWire(services.inventory),
    orderInventory: await openHttpWire(services.inventory),
  };
}

/** All of them, for a heal or an end that forgets none. */
export const eachWire = (wires: Wires): readonly Wire[] => Object.values(wires) as readonly Wire[];
