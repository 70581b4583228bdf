import { superviseRestarts, type Supervisor } from '../faults/supervisor.js';
import { HttpClient } from '../support/http.js';
import { Journal } from '../support/journal.js';
import type { Service } from '../support/service.js';
import { Shop } from '../support/shop.js';
import { portsModule } from '../support/stack.js';
import { System } from '../support/system.js';

/** The system, and a second instance of each service that is spared the kills. */
export interface World {
  readonly system: System;
  readonly spared: Readonly<Record<'order' | 'inventory', Service>>;
  readonly everybody: readonly Service[];
  /** What a process manager does. */
  readonly supervisor: Supervisor;
  /** One for each instance of the order service. */
  readonly shops: readonly Shop[];
  stop(): Promise<void>;
}

/** Orders that nobody pays expire while it runs. What went well is not logged: hours of it would fill the disk. */
const environment = { PAYMENT_WINDOW_MS: '30000', LOG_LEVEL: 'warn' } as const;
const restartAfterMs = 500;

export async function openWorld(log: (line: string) => void): Promise<World> {
  const system = await System.start({ profile: 'demo', ports: 'free', environment, wires: true, log });
  const { freePort } = await portsModule();
  const spared = {
    order: system.order.twin(await freePort('order twin')),
    inventory: system.inventory.twin(await freePort('inventory twin')),
  };
  const shops: Shop[] = [];
  const stop = async (): Promise<void> => {
    for (const shop of shops) shop.close();
    await Promise.allSettled([spared.order.retire(), spared.inventory.retire()]);
    await system.stop();
  };
  try {
    log('Starting a second instance of each');
    await Promise.all([spared.order.start(), spared.inventory.start()]);
    const everybody = [system.order, system.inventory, spared.order, spared.inventory];
    const supervisor = superviseRestarts(everybody, { afterMs: restartAfterMs, journal: system.journal });
    const { history, wires } = system;
    const inventory = new HttpClient(spared.inventory.url);
    // Half of the customers through the wire that is hurt, to the instance that is killed.
    for (const url of [wires.clientOrder.through(system.order.url), spared.order.url]) {
      shops.push(new Shop(new HttpClient(url), inventory, history, new ForgetfulJournal()));
    }
    return { system, spared, everybody, supervisor, shops, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Nobody draws a timeline of a million requests. */
class ForgetfulJournal extends Journal {
  override write(): void {}
}
