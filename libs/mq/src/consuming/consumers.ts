import type { Pool } from 'pg';
import type { WriteStep } from '../journal/step.js';
import type { MqTimings, ReachedPoint } from '../mq.config.js';
import { Connector } from '../registry/connector.js';
import { RocketConsumer } from '../rocketmq/rocketmq-consumer.js';
import type { Connection, Log } from '../rocketmq/wire.js';
import type { Topic } from '../topic.js';
import { Answers, type Send } from './answers.js';
import type { ConsumingMetrics } from './consuming-metrics.js';
import { GroupConsumer } from './group-consumer.js';
import type { Handling } from './handling.js';
import type { Subscription } from './held.js';
import { ParkWorker } from './park-worker.js';
import { ParkingLot } from './parking-lot.js';

export interface ConsumersOptions {
  readonly connection: Connection;
  readonly pool: Pool;
  readonly timings: MqTimings;
  readonly concurrency: number;
  readonly handling: Handling;
  readonly send: Send;
  readonly metrics: ConsumingMetrics;
  readonly log: Log;
  readonly reached?: ReachedPoint;
  readonly journal?: WriteStep;
}

/** One consumer group of this process: receiver, lanes, parking lot and its worker. */
export class Consumer {
  readonly connector: Connector;
  readonly topics: readonly Topic[];
  readonly #receiver: RocketConsumer;
  readonly #group: GroupConsumer;
  readonly #worker: ParkWorker;

  constructor(subscription: Subscription, options: ConsumersOptions) {
    const { connection, pool, timings, concurrency, handling, send, metrics, log, reached, journal } = options;
    const { group, ordered, topics, filters } = subscription;
    this.topics = [...topics.values()];
    const parkingLot = new ParkingLot(pool, group, timings.statementMs + 1_000);
    const tells = journal ? { journal } : {};
    const answers = new Answers({ group, send, metrics, log, ...tells });
    this.#worker = new ParkWorker({ subscription, handling, parkingLot, answers, timings, metrics, log, ...tells });
    this.#group = new GroupConsumer({
      subscription,
      handling,
      parkingLot,
      answers,
      concurrency,
      retryInLaneMs: timings.retryInLaneMs,
      parkedAfterMs: timings.parkedAfterMs,
      metrics,
      log,
      ...(reached ? { reached } : {}),
      ...tells,
    });
    this.#receiver = new RocketConsumer({
      connection,
      group,
      ordered,
      topics: [...topics.keys()],
      filters,
      leaseMs: timings.leaseMs,
      log,
      onMessage: (leased) => this.#group.receive(leased),
    });
    this.connector = new Connector(`consumer ${group}`, () => this.#receiver.start(), log);
  }

  get connected(): boolean {
    return this.#receiver.connected;
  }

  /** The worker needs no broker to begin with; the receiver may connect later. @throws ConfigurationError */
  async start(): Promise<void> {
    this.#worker.start();
    await this.connector.begin();
  }

  /** Never rejects. Nothing new is begun, what is under way is finished or given back; then the connection is closed. */
  async stop(drainMs: number): Promise<void> {
    await Promise.all([
      this.connector.stop(),
      this.#worker.stop(drainMs),
      this.#group.stop(drainMs),
      this.#receiver.stop(drainMs),
    ]);
    // A start that was under way when we were told to stop.
    await this.#receiver.stop(0);
  }
}
