import { IsInt, IsUUID } from 'class-validator';
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { recordingLog } from '../../../../test/support/recording-log.js';
import type { LocalTransaction } from '../local-transaction.js';
import { message, type Fields } from '../message.js';
import type { MqOptions, MqTimings } from '../mq.config.js';
import { MqMetrics } from '../mq.metrics.js';
import { mqMigrations } from '../migrations.js';
import { Publisher } from '../publisher.js';
import type { Connection } from '../rocketmq/wire.js';
import { orderedTopic } from '../topic.js';
import { checkTimings } from './timings.js';

/** What the specs of this folder publish. */
export class ThingMade extends message('thing.made') {
  @IsUUID() readonly thingId: string;
  @IsInt() readonly step: number;
}

export const thingsOn = (name: string) =>
  orderedTopic(name, { events: { made: ThingMade }, key: (event) => event.thingId, transactional: true });

export const aThing = (step = 1): Fields<ThingMade> => ({ thingId: randomUUID(), step });

/** The effect of a local transaction. */
export const insertThing = (tx: LocalTransaction, { thingId, step }: Fields<ThingMade>) =>
  tx.query({ name: 'thing', text: 'insert into thing (thing_id, step) values ($1, $2)' }, [thingId, step]);

/** A database with schema `mq` and a table for effects; `slow` makes a COMMIT wait, as a deferred constraint may. */
export const thingsDatabase = (): Promise<TestDatabase> =>
  createDatabase({
    migrations: mqMigrations,
    setup: [
      'create table thing (thing_id uuid, step int, primary key (thing_id, step))',
      'grant select, insert, update, delete on thing to halfway_app',
    ],
  });

/** Nobody listens there: what a service sees that boots while its broker is away. */
export const NO_BROKER: Connection = { endpoint: '127.0.0.1:9', requestTimeoutMs: 1_000 };

/** Short enough for a test, and still in the order that `checkTimings` asks for. */
export const QUICK: Partial<MqTimings> = {
  requestMs: 1_000,
  statementMs: 900,
  lockMs: 400,
  idleInTransactionMs: 1_500,
  fenceAfterMs: 2_000,
  sweepEveryMs: 100,
  resendAfterMs: 500,
  resendAtMostMs: 5_000,
  drainMs: 500,
};

export interface Service {
  readonly publisher: Publisher;
  readonly log: ReturnType<typeof recordingLog>;
  readonly registry: Registry;
  /** Value of a counter, summed over the labels that are not given. */
  count(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
}

/** The publishing side of a service, as the module builds it; not started. */
export function serviceOf(options: Partial<MqOptions> & Pick<MqOptions, 'pool' | 'publishes'>): Service {
  const log = recordingLog();
  const registry = new Registry();
  const publisher = new Publisher(
    { source: 'test', connection: NO_BROKER, log, registry, ...options },
    checkTimings({ ...QUICK, ...options.timings }),
    new MqMetrics(registry),
  );
  return {
    publisher,
    log,
    registry,
    count: async (name, labels = {}) => {
      const metric = await registry.getSingleMetric(name)?.get();
      return (metric?.values ?? [])
        .filter(({ labels: has }) => Object.entries(labels).every(([key, value]) => has[key] === value))
        .reduce((sum, { value }) => sum + value, 0);
    },
  };
}

export interface LogRow {
  readonly id: string;
  readonly transaction_id: string;
  readonly decision: string;
  readonly decided_by: string;
  readonly event_type: string | null;
  readonly message_key: string | null;
  readonly acknowledged_at: Date | null;
  readonly attempts: number;
  readonly next_attempt_at: Date | null;
}

export async function logRows(pool: Pool, key?: string): Promise<LogRow[]> {
  const { rows } = await pool.query<LogRow>(
    'select * from mq.transaction_log where $1::text is null or message_key = $1 order by id',
    [key ?? null],
  );
  return rows;
}

export async function things(pool: Pool, thingId: string): Promise<number[]> {
  const { rows } = await pool.query<{ step: number }>('select step from thing where thing_id = $1 order by step', [
    thingId,
  ]);
  return rows.map(({ step }) => step);
}
