import type { Delivery } from '../delivery.js';
import type { Filter } from '../filter.js';
import { RocketProducer } from '../rocketmq/rocketmq-producer.js';
import { describeTopic } from '../rocketmq/topology-check.js';
import { within } from '../rocketmq/within.js';
import type { Connection, Log, TopicDescription } from '../rocketmq/wire.js';
import { Sender } from '../sender.js';
import type { EventToken, Topic } from '../topic.js';
import { DeadLetters } from './dead-letters.js';
import { Subscription } from './subscription.js';

export interface ConnectOptions {
  readonly connection: Connection;
  /** CloudEvents `source` of what is sent, e.g. `order`. */
  readonly source: string;
  /** Topics to send to (each token). Default none. */
  readonly publishes?: readonly { readonly topic: Topic }[];
  /** Default: warnings and errors go to the console. */
  readonly log?: Log;
}

export interface SubscribeOptions {
  /** Consumer group, written out. Its members share the messages; every group gets all of them. */
  readonly group: string;
  /** Default everything. The same for all members of the group. */
  readonly filter?: Filter;
  /** Messages handled at a time, of one key always one. Default 16. */
  readonly concurrency?: number;
}

/** A message of any event of a topic; `instanceof` tells which. */
export type MessageOf<T> = {
  [N in Exclude<keyof T, 'topic'>]: T[N] extends EventToken<infer M> ? M : never;
}[Exclude<keyof T, 'topic'>];

/** Returns = acknowledged. Throws = the broker delivers it again, and dead-letters it after the group's last attempt. */
export type Receive<M> = (message: M, delivery: Delivery) => void | Promise<void>;

/** How long a stop waits for what is being handled or sent. */
const DRAIN_MS = 15_000;

/**
 * RocketMQ without a framework and without a database: for tools, scripts, and consumers whose effect is not in PostgreSQL.
 *
 * The trade: what a service of `MqModule` gets from its database is missing here. There are no transactions, no inbox, and no
 * parking: a message that fails is the broker's to deliver again, which for an ordered topic holds up its whole queue.
 */
export class MqClient extends Sender {
  readonly #connection: Connection;
  readonly #log: Log;
  readonly #producer: RocketProducer;
  readonly #sends: boolean;
  readonly #parts = new Set<Subscription | DeadLetters>();

  private constructor({ connection, source, publishes = [], log = warnings }: ConnectOptions) {
    const topics = publishes.map(({ topic }) => topic);
    const producer = new RocketProducer({ connection, topics: topics.map(({ name }) => name), log });
    super({ source, published: new Set(topics), broker: producer, log });
    this.#connection = connection;
    this.#log = log;
    this.#producer = producer;
    this.#sends = topics.length > 0;
  }

  /**
   * @throws BrokerUnavailableError when nobody answers within the request time.
   * @throws ConfigurationError naming the fix: a missing topic, wrong credentials …
   */
  static async connect(options: ConnectOptions): Promise<MqClient> {
    const client = new MqClient(options);
    if (client.#sends) await client.#producer.start();
    return client;
  }

  /**
   * Calls `receive` for every message of `topic`; the first about a second later. In the order of sending per key for an ordered
   * topic, concurrently else. At least once: the same `delivery.eventId` may come again.
   * @throws BrokerUnavailableError, ConfigurationError as `connect` does.
   */
  async subscribe<T extends { readonly topic: Topic }>(
    topic: T,
    options: SubscribeOptions,
    receive: Receive<MessageOf<T>>,
  ): Promise<Subscription> {
    const subscription = new Subscription({
      ...options,
      connection: this.#connection,
      topic: topic.topic,
      // Only classes of this topic's events are made into messages.
      receive: receive as Receive<object>,
      log: this.#log,
    });
    return this.#begin(subscription);
  }

  /**
   * What the broker gave up on: messages that `group` failed to handle as often as the group's `retryMaxTimes` allows, and once more.
   * @param reader an unordered group of its own: looking is consuming, there is no other way on this protocol.
   */
  async deadLetters(group: string, { reader }: { readonly reader: string }): Promise<DeadLetters> {
    const letters = new DeadLetters({
      connection: this.#connection,
      group,
      reader,
      log: this.#log,
      send: (message) => this.#producer.send(message),
    });
    return this.#begin(letters);
  }

  /** What the broker knows of a topic: type, queues, and where a client finds each of them. */
  describe(topic: { readonly topic: Topic } | string): Promise<TopicDescription> {
    return describeTopic(this.#connection, typeof topic === 'string' ? topic : topic.topic.name);
  }

  /** Waits for handlers under way and for the last callback, up to 15 s; then nothing of it is left. Never rejects. */
  async close(): Promise<void> {
    await Promise.all([...this.#parts].map((part) => part.stop(DRAIN_MS)));
    try {
      await within(DRAIN_MS, 'the last callback', this.flush());
    } catch (error) {
      this.#log.warn({ err: error }, 'closed before all was done');
    }
    await this.#producer.stop();
  }

  async #begin<P extends Subscription | DeadLetters>(part: P): Promise<P> {
    await part.start();
    this.#parts.add(part);
    return part;
  }
}

/** {@link MqClient.connect}. */
export const connect = (options: ConnectOptions): Promise<MqClient> => MqClient.connect(options);

const silent = (): void => undefined;
const warnings: Log = {
  debug: silent,
  info: silent,
  warn: (facts, phrase) => console.warn(phrase, facts),
  error: (facts, phrase) => console.error(phrase, facts),
};
