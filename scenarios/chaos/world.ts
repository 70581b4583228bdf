import { setTimeout as pause } from 'node:timers/promises';
import { withDatabases, type AuditedDatabases } from '../audit/databases.js';
import { Checks } from '../support/checks.js';
import { HttpClient } from '../support/http.js';
import type { Service } from '../support/service.js';
import { Shop } from '../support/shop.js';
import { portsModule } from '../support/stack.js';
import type { System } from '../support/system.js';
import { until } from '../support/until.js';
import { Load, type LoadOptions } from './load.js';
import type { Random } from './random.js';

export type ServiceName = Service['name'];

/** As long as the services' own deadline. */
const answerWithinMs = 8_000;

/** What a cell has in its hands: the running system, its customers, its dice, and where it says what it did and found. */
export class World {
  readonly checks = new Checks();
  readonly #whenQuiet: (() => Promise<void>)[] = [];
  readonly #mending: (() => Promise<unknown>)[] = [];
  readonly #notes: string[] = [];
  readonly beganAt = Date.now();
  readonly shop: Shop;
  #healedAt: number | undefined;
  #load: Load | undefined;

  constructor(
    readonly system: System,
    readonly random: Random,
  ) {
    const { wires, order, inventory, history, journal } = system;
    const client = (wire: 'clientOrder' | 'clientInventory', { url }: Service) =>
      new HttpClient(wires[wire].through(url), { timeoutMs: answerWithinMs });
    this.shop = new Shop(client('clientOrder', order), client('clientInventory', inventory), history, journal);
  }

  service(name: ServiceName): Service {
    return this.system[name];
  }

  /** The customers; chosen once, before the first comes. */
  get load(): Load {
    return (this.#load ??= new Load({ shop: this.shop, random: this.random }));
  }

  /** Other customers than the usual ones. */
  async customers(options: Omit<LoadOptions, 'shop' | 'random'>): Promise<Load> {
    this.#load = new Load({ shop: this.shop, random: this.random, ...options });
    await this.#load.stock();
    return this.#load;
  }

  /** A few words for the page: what was done, when, for how long. */
  note(words: string): void {
    this.#notes.push(words);
    this.system.tell(words);
  }

  get happened(): string {
    return this.#notes.join('; ');
  }

  /** From now on nothing is broken any more: the time to heal is counted from here. The last word counts. */
  healed(): void {
    this.#healedAt = Date.now();
  }

  get healedAt(): number | undefined {
    return this.#healedAt;
  }

  /** What must be looked at when nothing is under way any more. */
  whenQuiet(look: () => Promise<void>): void {
    this.#whenQuiet.push(look);
  }

  async lookWhenQuiet(): Promise<void> {
    for (const look of this.#whenQuiet) await look();
  }

  /** Undone in any case when the cell ends, also when it failed half-way; the latest first. */
  mendsBy(mend: () => Promise<unknown>): void {
    this.#mending.unshift(mend);
  }

  async mend(): Promise<void> {
    for (const mend of this.#mending.splice(0)) await mend();
  }

  /** For as long as the fault is to last: a part of what is done, nothing is waited for. */
  readonly lasts = async (ms: number): Promise<void> => pause(ms);

  /** A service that is down, or has a wrong clock, is started as it should be. */
  async up(name: ServiceName): Promise<void> {
    await this.service(name).ensure();
  }

  /** A second process of a service, until the cell ends. @param dist its compiled code, when it is another version */
  async peer(name: ServiceName, dist?: string): Promise<Service> {
    const { freePort } = await portsModule();
    const peer = this.service(name).twin(await freePort(`${name} peer`), dist);
    this.mendsBy(() => peer.retire());
    await peer.start();
    return peer;
  }

  get databases(): AuditedDatabases {
    const { orderOwnerUrl: orderDatabaseUrl, inventoryOwnerUrl: inventoryDatabaseUrl } = this.system.stack;
    return { orderDatabaseUrl, inventoryDatabaseUrl };
  }

  /** Rows of a service's database, read as the auditor reads them. */
  rows<R extends object>(name: ServiceName, sql: string, values: readonly unknown[] = []): Promise<readonly R[]> {
    return withDatabases(this.databases, (read) => read[name]<R>(sql, values));
  }

  async count(name: ServiceName, sql: string, values: readonly unknown[] = []): Promise<number> {
    const [row] = await this.rows<{ count: number }>(name, `select count(*)::int as count from ${sql}`, values);
    return row?.count ?? 0;
  }

  async untilNone(name: ServiceName, sql: string, withinMs: number): Promise<void> {
    await until(
      `there are no ${sql}`,
      () => this.count(name, sql),
      (count) => count === 0,
      { withinMs, everyMs: 100 },
    );
  }

  /** Transactions that a check-back, or whoever was in doubt, has ended from outside since the cell began. */
  tombstones(): Promise<number> {
    return this.count(
      'order',
      `mq.transaction_log where decision = 'ABORTED' and decided_at >= to_timestamp($1::float8 / 1000)`,
      [this.beganAt],
    );
  }
}
