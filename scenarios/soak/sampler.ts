import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { withDatabases, type AuditedDatabases, type ReadBoth } from '../audit/databases.js';
import { HttpClient } from '../support/http.js';
import { metric } from '../support/metric.js';
import type { Service } from '../support/service.js';
import type { Stack } from '../support/stack.js';

/** What is looked at, by name; a look that finds nobody has no value. */
export const gauges = {
  'order memory': 'MiB',
  'order handles': '',
  'order descriptors': '',
  'order event loop p99': 'ms',
  'inventory memory': 'MiB',
  'inventory handles': '',
  'inventory descriptors': '',
  'inventory event loop p99': 'ms',
  'broker memory': 'MiB',
  'broker descriptors': '',
  'half messages (trend only)': '',
  'events under way': '',
  'oldest event under way': 's',
  'dead tuples': '',
  'database connections': '',
} as const;

export type Gauge = keyof typeof gauges;
export type Sample = Readonly<Partial<Record<Gauge, number>>>;

const answerWithinMs = 5_000;

/** Looks at the processes that are spared, the broker and the databases every few seconds. */
export class Sampler {
  readonly samples: Sample[] = [];
  readonly #clients: ReadonlyMap<Service, HttpClient>;

  constructor(
    private readonly stack: Stack,
    private readonly spared: Readonly<Record<'order' | 'inventory', Service>>,
    private readonly databases: AuditedDatabases,
  ) {
    this.#clients = new Map(Object.values(spared).map((each) => [each, new HttpClient(each.url, { maxSockets: 1 })]));
  }

  async work(everyMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.samples.push(await this.look());
      // The only way in which it fails: the run is over.
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
    for (const client of this.#clients.values()) client.close();
  }

  async look(): Promise<Sample> {
    const [order, inventory, broker, data] = await Promise.all([
      this.#process('order'),
      this.#process('inventory'),
      this.#broker(),
      this.#data(),
    ]);
    return { ...order, ...inventory, ...broker, ...data };
  }

  async #process(name: 'order' | 'inventory'): Promise<Sample> {
    const service = this.spared[name];
    const text = await this.#metrics(this.#clients.get(service));
    const lag = metric(text, 'nodejs_eventloop_lag_p99_seconds');
    return {
      ...outside(name, service.pid),
      [`${name} handles`]: metric(text, 'nodejs_active_resources_total'),
      [`${name} event loop p99`]: lag === undefined ? undefined : lag * 1_000,
    };
  }

  async #broker(): Promise<Sample> {
    const { pids, ports } = this.stack;
    const client = new HttpClient(`http://127.0.0.1:${ports['metrics']}`, { maxSockets: 1 });
    const text = await this.#metrics(client).finally(() => client.close());
    return {
      ...outside('broker', pids['broker']),
      'half messages (trend only)': metric(text, 'rocketmq_half_messages'),
    };
  }

  async #metrics(client: HttpClient | undefined): Promise<string> {
    try {
      const answer = await client?.send<string>({ method: 'GET', path: '/metrics', timeoutMs: answerWithinMs });
      return answer?.body ?? '';
    } catch {
      return ''; // nobody is there at the moment, which is what a soak is about
    }
  }

  async #data(): Promise<Sample> {
    try {
      return await withDatabases(this.databases, (read) => this.#counts(read), { answerWithinMs });
    } catch {
      return {}; // as above
    }
  }

  async #counts(read: ReadBoth): Promise<Sample> {
    const both = [await this.#countsOf('order', read), await this.#countsOf('inventory', read)];
    const sum = (of: (counts: Counts) => number): number => both.reduce((total, counts) => total + of(counts), 0);
    return {
      'events under way': sum(({ underway }) => underway),
      'oldest event under way': Math.max(...both.map(({ oldest }) => oldest)),
      'dead tuples': sum(({ dead }) => dead),
      'database connections': sum(({ connections }) => connections),
    };
  }

  async #countsOf(database: 'order' | 'inventory', read: ReadBoth): Promise<Counts> {
    const [counts] = await read[database]<Counts>(countsQuery);
    if (!counts) throw new Error('PostgreSQL answered no row to a query that always has one.');
    return counts;
  }
}

interface Counts {
  readonly underway: number;
  readonly oldest: number;
  readonly dead: number;
  readonly connections: number;
}

const countsQuery = `
  select (select count(*)::int from mq.transaction_log where next_attempt_at is not null) as underway,
         (select coalesce(extract(epoch from clock_timestamp() - min(decided_at)), 0)::float8
            from mq.transaction_log where next_attempt_at is not null) as oldest,
         (select coalesce(sum(n_dead_tup), 0)::int from pg_stat_user_tables) as dead,
         (select count(*)::int from pg_stat_activity
           where datname = current_database() and application_name <> 'halfway-auditor') as connections`;

/** What the kernel knows of a process; nothing when it is gone. */
function outside(name: 'order' | 'inventory' | 'broker', pid: number | undefined): Sample {
  if (pid === undefined) return {};
  try {
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return {
      [`${name} memory`]: Number(resident) / 1024,
      [`${name} descriptors`]: readdirSync(`/proc/${pid}/fd`).length,
    };
  } catch {
    return {}; // gone between two looks
  }
}
