import { backOff, describe } from '../consuming/failure.js';
import { Lanes } from '../consuming/lanes.js';
import { deliveryOf, type Delivery } from '../delivery.js';
import { open, read } from '../envelope.js';
import type { Filter } from '../filter.js';
import { RocketConsumer } from '../rocketmq/rocketmq-consumer.js';
import type { Connection, LeasedMessage, Log } from '../rocketmq/wire.js';
import type { Topic } from '../topic.js';

export interface SubscriptionOptions {
  readonly connection: Connection;
  readonly topic: Topic;
  readonly group: string;
  readonly filter?: Filter;
  readonly concurrency?: number;
  readonly receive: (message: object, delivery: Delivery) => void | Promise<void>;
  readonly log: Log;
}

interface Held {
  readonly key: string;
  readonly leased: LeasedMessage;
}

const FIRST_PAUSE_MS = 1_000;
const AT_MOST_PAUSE_MS = 60_000;

/**
 * One group's view of one topic. A message is held until its handler is through, however long that takes; then it is acknowledged, or
 * given back to the broker, which counts the attempts. Nothing is remembered here.
 */
export class Subscription {
  readonly #options: SubscriptionOptions;
  readonly #ordered: boolean;
  readonly #lanes: Lanes<Held>;
  readonly #consumer: RocketConsumer;

  constructor(options: SubscriptionOptions) {
    const { connection, topic, group, filter, concurrency = 16, log } = options;
    this.#options = options;
    this.#ordered = topic.brokerType === 'FIFO';
    this.#lanes = new Lanes({ concurrency, ruleOf: () => undefined, run: (held) => this.#handle(held) });
    this.#consumer = new RocketConsumer({
      connection,
      group,
      topics: [topic.name],
      ...(filter ? { filters: new Map([[topic.name, filter]]) } : {}),
      ordered: this.#ordered,
      log,
      onMessage: (leased) => this.#lanes.add({ key: this.#laneOf(leased), leased }),
    });
  }

  /** @throws BrokerUnavailableError, ConfigurationError */
  start(): Promise<void> {
    return this.#consumer.start();
  }

  /** Begins nothing more, gives back what was not begun, and waits for the handlers under way. Never rejects. */
  async stop(drainMs = 15_000): Promise<void> {
    for (const { leased } of this.#lanes.stop()) void leased.release(FIRST_PAUSE_MS);
    await this.#consumer.stop(drainMs); // a handler under way holds its lease, and that is waited for
  }

  /** Unordered messages have a lane each: they wait for nobody. */
  #laneOf({ message }: LeasedMessage): string {
    return this.#ordered ? (message.messageGroup ?? message.messageId) : `${message.messageId} ${message.attempt}`;
  }

  async #handle([held]: readonly Held[]): Promise<void> {
    if (!held) return;
    const { topic, group, receive, log } = this.#options;
    const { leased, key } = held;
    const { message: incoming } = leased;
    // Somebody else has it by now: what waits behind it must not go ahead.
    if (leased.leaseLost) return this.#giveBack(held, FIRST_PAUSE_MS);
    try {
      const opened = open(topic, incoming);
      await receive(read(opened), deliveryOf(group, incoming, opened));
      await leased.ack();
      this.#lanes.finish(key);
    } catch (error) {
      const { messageId, attempt } = incoming;
      const pauseMs = backOff(attempt, FIRST_PAUSE_MS, AT_MOST_PAUSE_MS);
      log.warn(
        { group, topic: topic.name, messageId, attempt, pauseMs, reason: describe(error) },
        'message given back',
      );
      this.#giveBack(held, pauseMs);
    }
  }

  #giveBack({ leased, key }: Held, pauseMs: number): void {
    for (const later of this.#lanes.takeBehind(key)) void later.leased.release(pauseMs);
    void leased.release(pauseMs);
    this.#lanes.finish(key);
  }
}
