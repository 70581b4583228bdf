import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BrokerFaults } from '../faults/broker.js';
import { PostgresFaults } from '../faults/postgres.js';
import { superviseRestarts, type Supervisor } from '../faults/supervisor.js';
import { eachWire, openWires, type Wires } from '../faults/wires.js';
import { ClientHistory } from '../history/client-history.js';
import { Checks } from './checks.js';
import { deadlocksIn } from './deadlocks.js';
import { defaultFlow, type Flow } from './flow.js';
import { HttpClient } from './http.js';
import { Journal } from './journal.js';
import { Service, type Environment } from './service.js';
import { Shop } from './shop.js';
import { portsModule, root, stackModule, type Stack, type StackOptions } from './stack.js';
import { drawTimeline, type TimelineLine } from './timeline.js';

export interface SystemOptions extends StackOptions {
  /** For both services, on top of the defaults below. */
  readonly environment?: Environment;
  /** A wire on every edge: clients, services, databases, broker. */
  readonly wires?: boolean;
  /** Crash points can be armed on both services while they run. */
  readonly faults?: boolean;
  /** Where the compiled services are; default `dist`. */
  readonly dist?: string;
}

/** Long enough for every scenario that is not about expiry; those restart the order service with a short one. */
const defaults: Environment = { PAYMENT_WINDOW_MS: '600000', LOG_LEVEL: 'debug' };

/** Stack and services, up, and the hands to break them. One system plays many scenarios, one after the other. */
export class System {
  #begunAt = Date.now();
  #checks = new Checks();
  #wires: Wires | undefined;
  #shop: Shop;
  readonly #broker: BrokerFaults;
  readonly #postgres: PostgresFaults;

  private constructor(
    readonly stack: Stack,
    readonly order: Service,
    readonly inventory: Service,
    shop: Shop,
    readonly journal: Journal,
    readonly history: ClientHistory,
  ) {
    this.#shop = shop;
    this.#broker = new BrokerFaults(stack, journal);
    this.#postgres = new PostgresFaults(stack, journal);
  }

  /** Everything that was started is stopped again when something fails on the way. */
  static async start({ environment, wires, faults, dist, ...options }: SystemOptions): Promise<System> {
    const { startStack } = await stackModule();
    const stack = await startStack(options);
    let system: System | undefined;
    try {
      system = await System.#onto(stack, { ...options, environment, wires, faults, dist });
      options.log('Migrating both databases');
      await Promise.all([migrate('order', stack, dist), migrate('inventory', stack, dist)]);
      options.log('Starting the order and the inventory service');
      await Promise.all([system.order.start(), system.inventory.start()]);
      return system;
    } catch (error) {
      await (system ?? stack).stop();
      throw error;
    }
  }

  static async #onto(stack: Stack, options: SystemOptions): Promise<System> {
    const { ports, log, environment, faults = false, dist } = options;
    const journal = new Journal();
    const history = new ClientHistory();
    const { defaultPorts, freePort } = await portsModule();
    // Another halfway is up: its services may be restarting, so that their ports only look free.
    const moved = Object.entries(stack.ports).map(([name, port]) => port !== defaultPorts[name]);
    const alone = moved.length === 0 || moved.includes(false);
    const portOf = async (name: Service['name'], documented: number): Promise<number> => {
      const wanted = Number(process.env[`${name.toUpperCase()}_PORT`] ?? documented);
      const port = await freePort(name, ports === 'default' && alone ? wanted : undefined);
      if (ports === 'default' && port !== wanted) log(`Port ${wanted} (${name}) is taken: using ${port} instead.`);
      return port;
    };
    const [orderPort, inventoryPort] = [await portOf('order', 3000), await portOf('inventory', 3001)];
    const urls = { order: `http://127.0.0.1:${orderPort}`, inventory: `http://127.0.0.1:${inventoryPort}` };
    const wires = options.wires ? await openWires(stack, urls) : undefined;
    const token = randomBytes(24).toString('hex');
    const addresses = { ...connections(stack), INVENTORY_URL: urls.inventory };
    const service = async (name: Service['name'], port: number): Promise<Service> =>
      new Service({
        name,
        port,
        folder: stack.folder,
        environment: { ...addresses, ...(wires && wired(wires, name)) },
        settings: { ...defaults, ...environment },
        journal,
        dist,
        admin: faults ? { port: await freePort(`${name} admin`), token } : undefined,
      });
    const order = await service('order', orderPort);
    const inventory = await service('inventory', inventoryPort);
    const assertAlive = () => [order, inventory].forEach((each) => each.assertAlive());
    const clients = [
      new HttpClient(wires?.clientOrder.through(urls.order) ?? urls.order),
      new HttpClient(wires?.clientInventory.through(urls.inventory) ?? urls.inventory),
    ] as const;
    const shop = new Shop(...clients, history, journal, assertAlive);
    const system = new System(stack, order, inventory, shop, journal, history);
    system.#wires = wires;
    return system;
  }

  /** One on each edge. */
  get wires(): Wires {
    if (!this.#wires) throw new Error('There are no wires to hurt. Start the system with { wires: true }.');
    return this.#wires;
  }

  /** Broker and proxy, one process; undefined when somebody else runs it. */
  get broker(): BrokerFaults | undefined {
    return this.stack.external.rocketmqEndpoint === undefined ? this.#broker : undefined;
  }

  /** Undefined when somebody else runs it. */
  get postgres(): PostgresFaults | undefined {
    const { orderDatabaseUrl, inventoryDatabaseUrl } = this.stack.external;
    return orderDatabaseUrl === undefined && inventoryDatabaseUrl === undefined ? this.#postgres : undefined;
  }

  /** From now on a service that ends by itself (an armed crash point) is started again after a while. */
  superviseRestarts({ afterMs }: { readonly afterMs: number }): Supervisor {
    return superviseRestarts([this.order, this.inventory], { afterMs, journal: this.journal });
  }

  /** Other settings for both services, on the same stack. */
  async configure(environment: Environment): Promise<void> {
    const settings = { ...defaults, ...environment };
    await Promise.all([this.order.configure(settings), this.inventory.configure(settings)]);
  }

  /** Both services up, the order service with the settings of the next scenario; its timeline starts now, in its flow. */
  async begin(orderSettings: Environment = {}, flow: Flow = defaultFlow): Promise<void> {
    await Promise.all([this.order.ensure(orderSettings), this.inventory.ensure()]);
    await Promise.all([this.order.disarm(), this.inventory.disarm()]);
    this.#begunAt = Date.now();
    this.#checks = new Checks();
    this.#shop = this.#shop.placingIn(flow);
  }

  /** Places orders in the flow of the scenario that plays. */
  get shop(): Shop {
    return this.#shop;
  }

  /** Of the scenario that plays. */
  get checks(): Checks {
    return this.#checks;
  }

  /** A line of the timeline that no single request or log line tells. */
  tell(what: string, detail?: string): void {
    this.journal.write({ who: 'client', what, detail });
  }

  /** @throws GiveUpError when a service is gone although nobody asked it to go. */
  assertAlive(): void {
    this.order.assertAlive();
    this.inventory.assertAlive();
  }

  /** What happened around these orders and keys since the scenario began, by client, services and saboteur. */
  timeline(...about: readonly string[]): readonly TimelineLine[] {
    const since = this.#begunAt;
    const logs = { order: this.order.log.read(), inventory: this.inventory.log.read() };
    return drawTimeline({ about, since, entries: this.journal.since(since), logs });
  }

  /** Of our PostgreSQL, since the scenario began; what was waited for, a line each. */
  get deadlocks(): readonly string[] {
    return deadlocksIn(readFileSync(join(this.stack.folder, 'postgres', 'postgres.log'), 'utf8'), this.#begunAt);
  }

  async stop(): Promise<void> {
    this.shop.close();
    const stopped = await Promise.allSettled([this.order.retire(), this.inventory.retire()]);
    await Promise.all(this.#wires ? eachWire(this.#wires).map((wire) => wire.close()) : []);
    await this.stack.stop();
    for (const result of stopped) if (result.status === 'rejected') throw result.reason;
  }

  /** Everything stays up when we end. */
  release(): void {
    this.shop.close();
    this.stack.release();
  }
}

const connections = (stack: Stack): Environment => ({
  ROCKETMQ_ENDPOINT: stack.rocketmqEndpoint,
  ORDER_DATABASE_URL: stack.orderDatabaseUrl,
  INVENTORY_DATABASE_URL: stack.inventoryDatabaseUrl,
});

/** What of it goes through wires. */
const wired = (wires: Wires, name: Service['name']): Environment => ({
  INVENTORY_URL: `http://${wires.orderInventory.address}`,
  ROCKETMQ_ENDPOINT: wires[`${name}Broker`].address,
  [`${name.toUpperCase()}_DATABASE_URL`]: wires[`${name}Postgres`].url,
});

/** The command of the service itself, as an operator would run it. */
export function migrate(
  name: 'order' | 'inventory',
  stack: Pick<Stack, 'orderOwnerUrl' | 'inventoryOwnerUrl'>,
  dist = 'dist',
): Promise<void> {
  const url = name === 'order' ? stack.orderOwnerUrl : stack.inventoryOwnerUrl;
  const command = resolve(root, dist, 'apps', name, 'src', 'persistence', 'migrate.js');
  return new Promise((resolve, reject) => {
    const variable = `${name.toUpperCase()}_DATABASE_URL`;
    const child = spawn(process.execPath, [command], {
      env: { ...process.env, [variable]: url, [variable.replace('_DATABASE', '_MIGRATION_DATABASE')]: url },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new Error(`Migrating the ${name} database failed with code ${code}:\n${Buffer.concat(output).toString()}`),
        );
    });
  });
}
