import type { BoundCheckBack } from './half/bound-check-back.js';
import { HalfTopic } from './half/half-topic.js';
import { teller, type Tell, type WriteStep } from './journal/step.js';
import type { LocalTransaction } from './local-transaction.js';
import type { MqOptions, MqTimings } from './mq.config.js';
import type { MqMetrics } from './mq.metrics.js';
import { RocketMqProducer, type Producer } from './producer.js';
import { Connector } from './registry/connector.js';
import { Relay } from './relay/relay.js';
import { RocketConsumer } from './rocketmq/rocketmq-consumer.js';
import { RocketProducer } from './rocketmq/rocketmq-producer.js';
import { within } from './rocketmq/within.js';
import type { Log } from './rocketmq/wire.js';
import { ConfigurationError } from './mq.errors.js';
import { refuseUnsafeDatabase } from './transaction/durability.js';
import { typesOf, type RecordedEvent } from './transaction/event.js';
import { factsOf, Forwarder } from './transaction/forward.js';
import { HalfMessages } from './transaction/half-messages.js';
import { PgLocalTransactions, type LocalTransactions } from './transaction/local-transactions.js';
import { Resolver } from './transaction/resolve.js';
import { TransactionalSender } from './transaction/send-in-transaction.js';
import { Sweeper } from './transaction/sweeper.js';
import { acknowledge } from './transaction/transaction-log.js';
import type { Topic } from './topic.js';

interface RelayLine {
  readonly relay: Relay;
  readonly consumer: RocketConsumer;
  readonly connector: Connector;
}

/** Everything that publishes, put together: the producer, the relays, the sweeper and the answers to check-backs. */
export class Publisher {
  readonly producer: Producer;
  readonly localTransactions: LocalTransactions;
  readonly broker: RocketProducer;
  readonly sweeper: Sweeper;
  readonly resolver: Resolver;
  readonly #sender: TransactionalSender;
  readonly #halves: HalfMessages;
  readonly #halfTopics: ReadonlyMap<Topic, HalfTopic>;
  readonly #connector: Connector | undefined;
  readonly #relays: readonly RelayLine[];
  readonly #log: Log;
  readonly #tell: Tell;
  #stopped: Promise<void> | undefined;

  constructor(
    private readonly options: MqOptions,
    private readonly timings: MqTimings,
    private readonly metrics: MqMetrics,
    journal?: WriteStep,
  ) {
    const { pool, log, source, reached, groupCommitUpTo = 16, maxHalvesInFlight } = options;
    if (!Number.isInteger(groupCommitUpTo) || groupCommitUpTo < 1 || groupCommitUpTo > 64) {
      throw new ConfigurationError('MQ_GROUP_COMMIT', `groupCommitUpTo is ${groupCommitUpTo}. Choose 1 to 64.`);
    }
    this.#log = log;
    this.#tell = teller(log, journal);
    const connection = { requestTimeoutMs: timings.requestMs, ...options.connection };
    const published = new Set(options.publishes.map(({ topic }) => topic));
    const transactional = [...published].filter(({ carrier }) => carrier !== undefined);
    const topics = new Map(transactional.map((topic) => [topic.name, topic]));
    const shared = [...published].filter(({ kind }) => kind !== 'half').map(({ name }) => name);
    const bound = maxHalvesInFlight === undefined ? {} : { maxHalvesInFlight };
    const tells = journal ? { journal } : {};
    const hooks = { ...(reached ? { reached } : {}), ...tells };

    this.resolver = new Resolver({ pool, timings, metrics, log, ...hooks });
    this.broker = new RocketProducer({
      connection,
      // Listed from the start: a topic learnt later is announced only after minutes, and its check-backs go astray till then.
      // Carriers first: when a client says goodbye, the proxy (5.5.0) takes it off the list of its first topic only. On the
      // others a ghost is left for minutes, and every other check-back goes to it.
      topics: [...transactional.flatMap(({ carrier = [] }) => carrier), ...shared],
      log,
      ...(transactional.length > 0 ? { checkBack: { answer: (half) => this.resolver.answer(half) } } : {}),
      ...bound,
    });
    this.#halfTopics = new Map(
      [...published]
        .filter(({ kind }) => kind === 'half')
        .map((topic) => [topic, new HalfTopic({ topic, source, connection, metrics, log, ...bound, ...hooks })]),
    );
    this.#connector =
      shared.length > 0 ? new Connector(`producer of ${source}`, () => this.broker.start(), log) : undefined;
    const forwarder = new Forwarder(this.broker, topics);
    const publishing = { source, topics, resendAfterMs: timings.resendAfterMs };
    this.localTransactions = new PgLocalTransactions(
      pool,
      timings,
      publishing,
      (events) => this.#forward(forwarder, events),
      this.resolver,
      this.#tell,
    );
    this.#halves = new HalfMessages({ broker: this.broker, metrics, log, ...hooks });
    this.#sender = new TransactionalSender({
      pool,
      timings,
      publishing,
      halves: this.#halves,
      resolver: this.resolver,
      groupCommitUpTo,
      metrics,
      log,
      ...hooks,
    });
    this.producer = new RocketMqProducer(
      { source, published, broker: this.broker, log, ...tells },
      this.#sender,
      this.#halfTopics,
    );
    this.sweeper = new Sweeper({ pool, forwarder, timings, metrics, log, ...hooks });
    this.#relays = transactional.map((topic) => {
      const relay = new Relay({ topic, pool, forwarder, timings, metrics, log, ...hooks });
      const consumer = new RocketConsumer({
        connection,
        group: topic.relayGroup ?? `${topic.name}-relay`,
        topics: [topic.carrier ?? topic.name],
        ordered: false,
        leaseMs: timings.leaseMs,
        log,
        onMessage: relay.take,
      });
      return { relay, consumer, connector: new Connector(`relay of ${topic.name}`, () => consumer.start(), log) };
    });
  }

  /** For readiness: the producer and every relay are registered with a broker that answers. */
  get connected(): boolean {
    return (
      (this.#connector === undefined || this.broker.connected) &&
      this.#relays.every(({ consumer }) => consumer.connected) &&
      [...this.#halfTopics.values()].every(({ connected }) => connected)
    );
  }

  /** What is still being connected, with the reason; empty when all is well. */
  get waitingFor(): readonly { readonly name: string; readonly reason: string | undefined }[] {
    const lines = [...this.#relays, ...this.#halfTopics.values()];
    return [...lines.map(({ connector }) => connector), ...(this.#connector ? [this.#connector] : [])]
      .filter(({ started }) => !started)
      .map(({ name, reason }) => ({ name, reason }));
  }

  /**
   * Relays before the producer: a group that subscribes later may miss what was sent before. A broker that is away does not
   * stop the boot; connecting goes on in the background.
   * @throws ConfigurationError when the database may lose commits, or the broker refuses topics or groups.
   */
  async start(checkBacks: readonly BoundCheckBack[] = []): Promise<void> {
    await refuseUnsafeDatabase(this.options.pool);
    await Promise.all(this.#relays.map(({ connector }) => connector.begin()));
    await Promise.all([
      this.#connector?.begin(),
      ...[...this.#halfTopics.values()].map((topic) => topic.start(checkBacks)),
    ]);
    if (this.#relays.length > 0) this.sweeper.start();
  }

  /**
   * Stops sending requests on and waits for what is under way, at most `drainMs`. Call it when nothing uses `producer` any
   * more. What is left is finished by check-back and by the sweeper of the next start. Never rejects.
   */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    const { drainMs } = this.timings;
    await this.#within(drainMs, 'transactions', this.#sender.drain());
    await this.#within(drainMs, 'callbacks', this.producer.flush());
    await this.#within(this.timings.requestMs, 'verdicts', this.#halves.drain());
    await Promise.all([
      this.sweeper.stop(),
      this.#connector?.stop(),
      ...[...this.#halfTopics.values()].map((topic) => topic.stop(this.timings.requestMs)),
      ...this.#relays.map(async ({ relay, consumer, connector }) => {
        await connector.stop();
        await consumer.stop(drainMs);
        await this.#within(this.timings.requestMs, 'relay', relay.drain());
      }),
    ]);
    await this.broker.stop();
    await this.resolver.stop();
  }

  /**
   * Retires events whose replies are applied in `tx`. `eventIds` are causation ids of what is being handled; ids that are not
   * ours are ignored.
   */
  async acknowledge(tx: LocalTransaction, eventIds: readonly string[]): Promise<void> {
    const retired = await acknowledge(tx, eventIds);
    this.metrics.acknowledged.inc(retired);
    if (retired > 0) this.#log.debug({ eventIds, retired }, 'event acknowledged');
  }

  async #forward(forwarder: Forwarder, events: readonly RecordedEvent[]): Promise<void> {
    if (this.options.reached) await this.options.reached('local.before-send', typesOf(events));
    for (const { event, messageId, error } of await forwarder.forward(events)) {
      if (error === undefined) this.#tell('event sent', { ...factsOf(event), messageId });
      else this.#tell('event not sent, the sweeper sends it', { ...factsOf(event), err: error });
    }
  }

  async #within(ms: number, what: string, work: Promise<void>): Promise<void> {
    try {
      await within(ms, what, work);
    } catch (error) {
      this.#log.warn({ what, err: error }, 'stopped before all was done');
    }
  }
}
