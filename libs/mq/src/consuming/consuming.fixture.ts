import { IsInt, IsUUID } from 'class-validator';
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { realBroker } from '../../../../test/support/real-broker.js';
import { recordingLog } from '../../../../test/support/recording-log.js';
import { bindingsOf, type Binding } from '../decorators.js';
import { seal, toOutgoing } from '../envelope.js';
import { message, type Fields } from '../message.js';
import type { ReachedPoint, MqTimings } from '../mq.config.js';
import { bound } from '../registry/bound.js';
import { subscriptionsOf } from '../registry/subscriptions.js';
import { RocketProducer } from '../rocketmq/rocketmq-producer.js';
import type { Connection } from '../rocketmq/wire.js';
import { orderedTopic, type EventToken, type Topic } from '../topic.js';
import { PgLocalTransactions } from '../transaction/local-transactions.js';
import { TransactionLog1764000000000 } from '../transaction/schema.js';
import { checkTimings } from '../transaction/timings.js';
import { acknowledge } from '../transaction/transaction-log.js';
import { Consumer } from './consumers.js';
import { ConsumingMetrics } from './consuming-metrics.js';
import { Handling } from './handling.js';
import { ConsumingSchema1764000001000 } from './schema.js';

/** What the specs of this folder consume: numbered steps of a thing, answered by an echo. */
export class StepTaken extends message('step.taken') {
  @IsUUID() readonly thingId: string;
  @IsInt() readonly step: number;
}
export class StepEchoed extends message('step.echoed') {
  @IsUUID() readonly thingId: string;
  @IsInt() readonly step: number;
}

const byThing = (event: { readonly thingId: string }): string => event.thingId;

export const stepsOn = (name: string) => orderedTopic(name, { events: { taken: StepTaken }, key: byThing });
export const echoesOn = (name: string) => orderedTopic(name, { events: { echoed: StepEchoed }, key: byThing });

export const migrations = [TransactionLog1764000000000, ConsumingSchema1764000001000];

/** The effect of a step: one row, in the order of `id`. No key: a step applied twice is to be seen. */
export const EFFECTS = [
  `create table effect (id bigint generated always as identity primary key, thing_id uuid not null, step int not null,
     event_id text not null, at timestamptz not null default clock_timestamp())`,
  `grant select, insert, update, delete on effect to halfway_app`,
];

export interface Started {
  readonly consumer: Consumer;
  readonly log: ReturnType<typeof recordingLog>;
  readonly metrics: Registry;
}

export interface StartOptions {
  readonly pool: Pool;
  readonly handlers: readonly object[];
  readonly producer: RocketProducer;
  readonly publishes?: readonly { readonly topic: Topic }[];
  readonly timings?: Partial<MqTimings>;
  readonly concurrency?: number;
  readonly reached?: ReachedPoint;
  readonly connection?: Connection;
}

/** The consumer of the one group that these handlers are bound to, as the module builds it. */
export function consumerOf(options: StartOptions): Started {
  const { pool, producer, publishes = [], concurrency = 16, reached } = options;
  const log = recordingLog();
  const registry = new Registry();
  const timings = checkTimings(options.timings);
  const handlers = options.handlers.flatMap((instance) =>
    bindingsOf(instance).map((binding: Binding) => bound(instance, binding)),
  );
  const [subscription, ...more] = subscriptionsOf(handlers);
  if (!subscription || more.length > 0) throw new Error('One group, please.');
  const localTransactions = new PgLocalTransactions(
    pool,
    timings,
    { source: 'test', topics: new Map(), resendAfterMs: timings.resendAfterMs },
    async () => undefined,
  );
  const handling = new Handling({
    source: 'test',
    publishes: new Set(publishes.map(({ topic }) => topic.name)),
    localTransactions,
    acknowledge,
    log,
    ...(reached ? { reached } : {}),
  });
  const consumer = new Consumer(subscription, {
    connection: options.connection ?? realBroker(),
    pool,
    timings,
    concurrency,
    handling,
    send: (outgoing) => producer.send(outgoing),
    metrics: new ConsumingMetrics(registry),
    log,
    ...(reached ? { reached } : {}),
  });
  return { consumer, log, metrics: registry };
}

/** Sends an event as its sender would. @returns its id */
export async function emit<M extends object>(
  producer: RocketProducer,
  event: EventToken<M>,
  fields: Fields<M>,
  about: { readonly id?: string; readonly causationId?: string } = {},
): Promise<string> {
  const id = about.id ?? randomUUID();
  const causation = about.causationId ? { causationId: about.causationId } : {};
  const envelope = seal(event, fields, { id, source: 'test', ...causation });
  await producer.send(toOutgoing(event.topic, envelope));
  return id;
}

export async function startProducer(topics: readonly string[]): Promise<RocketProducer> {
  const producer = new RocketProducer({ connection: realBroker(), topics, log: recordingLog() });
  await producer.start();
  return producer;
}
