import type { DiscoveryService } from '@nestjs/core';
import { register, type Registry } from 'prom-client';
import { surviveConnectionLoss } from '../connection-loss.js';
import { Consumer } from '../consuming/consumers.js';
import { ConsumingMetrics } from '../consuming/consuming-metrics.js';
import { Handling } from '../consuming/handling.js';
import type { Subscription } from '../consuming/held.js';
import { Quarantine } from '../consuming/quarantine.js';
import { PgJournal } from '../journal/journal.js';
import type { MqOptions, MqTimings } from '../mq.config.js';
import { ConfigurationError } from '../mq.errors.js';
import { MqMetrics } from '../mq.metrics.js';
import { Publisher } from '../publisher.js';
import { describeTopic } from '../rocketmq/topology-check.js';
import type { Connection } from '../rocketmq/wire.js';
import { refuseUnsafeDatabase } from '../transaction/durability.js';
import { checkTimings } from '../transaction/timings.js';
import { problemsOnBroker, refusal } from './broker-check.js';
import { problemsOfCheckBacks } from './check-backs.js';
import { Connector } from './connector.js';
import { findHandlers, logBindings } from './handlers.js';
import { problemsOf, subscriptionsOf, type Problem } from './subscriptions.js';

/** One part that readiness depends on. */
export interface Part {
  readonly name: string;
  readonly connected: boolean;
  /** Why it is not connected, as far as it is known. */
  readonly reason?: string;
}

/**
 * Everything of one service that runs: built → started → stopped, once. Built with the injector, so that `Producer` exists
 * for constructors; started when all providers are there, because only then all handlers are known.
 *
 * Start: declarations, then broker, then consumers, then whatever sends; a group that subscribes after the first message may
 * miss it. Stop: the other way round, consumers first, since they still reply and publish.
 */
export class MqRuntime {
  readonly publisher: Publisher;
  readonly quarantine: Quarantine;
  readonly journal: PgJournal;
  readonly timings: MqTimings;
  readonly connection: Connection;
  readonly #metrics: ConsumingMetrics;
  #topics?: Connector;
  #consumers: readonly Consumer[] = [];
  #consumersStopped?: Promise<void>;
  #publisherStarted = false;

  /** @throws ConfigurationError for timings that do not fit. */
  constructor(private readonly options: MqOptions) {
    const registry: Registry = options.registry ?? register;
    this.timings = checkTimings(options.timings);
    this.connection = { requestTimeoutMs: this.timings.requestMs, ...options.connection };
    const { pool, log, journal: on = false } = options;
    pool.on('connect', surviveConnectionLoss);
    this.journal = new PgJournal({ on, pool, log, registry });
    this.publisher = new Publisher(options, this.timings, new MqMetrics(registry), this.journal.write);
    this.quarantine = new Quarantine(options.pool, this.timings.statementMs + 1_000);
    this.#metrics = new ConsumingMetrics(registry);
  }

  /** @throws ConfigurationError with all problems that are known, each with its fix. A broker that is away is none. */
  async start(discovery: DiscoveryService): Promise<void> {
    const { publishes, log } = this.options;
    const { handlers, checkBacks, problems } = findHandlers(discovery);
    await refuseUnsafeDatabase(this.options.pool);
    const subscriptions = subscriptionsOf(handlers);
    const declared = [...problems, ...problemsOf(subscriptions, publishes)];
    await this.#refuse([...declared, ...problemsOfCheckBacks(checkBacks, publishes)], subscriptions);
    logBindings(log, handlers, checkBacks);
    this.#consumers = subscriptions.map((subscription) => this.#consumer(subscription));
    try {
      await this.#startConsumers();
      this.#publisherStarted = true;
      await this.publisher.start(checkBacks);
    } catch (error) {
      // Whoever catches this has nothing to stop.
      await this.stop();
      throw error;
    }
  }

  /** Begins to stop consuming; HTTP may drain meanwhile. Never rejects. */
  stopConsuming(): Promise<void> {
    this.#consumersStopped ??= Promise.all([
      this.#topics?.stop(),
      ...this.#consumers.map((consumer) => consumer.stop(this.timings.drainMs)),
    ]).then(() => undefined);
    return this.#consumersStopped;
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    await this.stopConsuming();
    await this.publisher.stop();
    await this.journal.stop();
  }

  get parts(): readonly Part[] {
    const waiting = new Map(this.publisher.waitingFor.map(({ name, reason }) => [name, reason]));
    const parts: Part[] = this.#consumers.map(({ connector: { name, reason }, connected }) =>
      part(name, connected, reason),
    );
    if (this.#topics && !this.#topics.started) parts.push(part(this.#topics.name, false, this.#topics.reason));
    for (const [name, reason] of waiting) parts.push(part(name, false, reason));
    if (waiting.size === 0) parts.push(part('producer', this.#publisherStarted && this.publisher.connected, undefined));
    return parts;
  }

  /** Asks the broker for the route of a topic of ours; what a client hides in its reconnecting is said here. */
  async ping(): Promise<void> {
    const topic = this.options.publishes[0]?.topic ?? this.#consumers[0]?.topics[0];
    if (topic) await describeTopic(this.connection, topic.name);
  }

  /** What is declared wrongly is refused whether the broker answers or not; with its answer everything is told at once. */
  async #refuse(declared: readonly Problem[], subscriptions: readonly Subscription[]): Promise<void> {
    const { publishes, log } = this.options;
    this.#topics = new Connector(
      'topics',
      async () => {
        const onBroker = await problemsOnBroker(subscriptions, publishes, (topic) =>
          describeTopic(this.connection, topic),
        );
        const all = [...declared, ...onBroker];
        if (all.length > 0) throw refusal(all);
      },
      log,
    );
    await this.#topics.begin();
    if (declared.length === 0) return;
    await this.#topics.stop();
    throw refusal(declared);
  }

  async #startConsumers(): Promise<void> {
    const started = await Promise.allSettled(this.#consumers.map((consumer) => consumer.start()));
    const failures = started.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    const other = failures.find((failure) => !(failure instanceof ConfigurationError));
    if (other) throw other;
    const problems = failures.filter((failure) => failure instanceof ConfigurationError);
    if (problems.length > 0) throw refusal(problems.map(({ code, message }) => ({ code, text: message })));
  }

  #consumer(subscription: Subscription): Consumer {
    const { pool, source, publishes, log, concurrency = 16, reached } = this.options;
    const { publisher, timings, connection } = this;
    const { write } = this.journal;
    const hooks = { ...(reached ? { reached } : {}), ...(write ? { journal: write } : {}) };
    const handling = new Handling({
      source,
      publishes: new Set(publishes.map(({ topic }) => topic.name)),
      localTransactions: publisher.localTransactions,
      acknowledge: (tx, eventIds) => publisher.acknowledge(tx, eventIds),
      log,
      ...hooks,
    });
    const send = publisher.broker.send.bind(publisher.broker);
    const metrics = this.#metrics;
    return new Consumer(subscription, {
      connection,
      pool,
      timings,
      concurrency,
      handling,
      send,
      metrics,
      log,
      ...hooks,
    });
  }
}

function part(name: string, connected: boolean, reason: string | undefined): Part {
  return { name, connected, ...(connected || reason === undefined ? {} : { reason }) };
}
