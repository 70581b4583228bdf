import { RocketConsumer } from '../rocketmq/rocketmq-consumer.js';
import type {
  Connection,
  IncomingMessage,
  LeasedMessage,
  Log,
  OutgoingMessage,
  SendReceipt,
} from '../rocketmq/wire.js';
import type { Topic } from '../topic.js';

export interface DeadLettersOptions {
  readonly connection: Connection;
  readonly group: string;
  readonly reader: string;
  readonly log: Log;
  readonly send: (message: OutgoingMessage) => Promise<SendReceipt>;
}

/**
 * A message that the broker gave up on. Everything its sender wrote is still there; which topic it came from and why it failed is
 * not: `type` and `source` of its properties and the log of its consumer say that.
 */
export interface DeadLetter {
  readonly messageId: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly tag?: string;
  readonly keys: readonly string[];
  readonly body: string;
  readonly bornAt?: Date;
}

/** What is given back here is visible again after this. */
const GIVEN_BACK_MS = 1_000;

/**
 * The dead letters of one group, in the broker's topic `%DLQ%<group>`. They are held while this is open, so that two people do not send
 * the same one again; closing gives back what was neither sent again nor discarded.
 */
export class DeadLetters {
  readonly #options: DeadLettersOptions;
  readonly #held = new Map<DeadLetter, LeasedMessage>();
  readonly #consumer: RocketConsumer;
  #arrived: () => void = () => undefined;

  constructor(options: DeadLettersOptions) {
    const { connection, group, reader, log } = options;
    this.#options = options;
    this.#consumer = new RocketConsumer({
      connection,
      group: reader,
      topics: [`%DLQ%${group}`],
      ordered: false,
      log,
      onMessage: (leased) => {
        this.#held.set(letterOf(leased.message), leased);
        this.#arrived();
      },
    });
  }

  /** @throws ConfigurationError when topic or reader are not provisioned; BrokerUnavailableError. */
  start(): Promise<void> {
    return this.#consumer.start();
  }

  /**
   * What lies there. The broker cannot be asked how many that are: this waits until `upTo` have come, at most `waitMs`.
   * @param waitMs milliseconds, default 5000; the first one comes a second after the start.
   */
  async list({ upTo = 100, waitMs = 5_000 } = {}): Promise<readonly DeadLetter[]> {
    await new Promise<void>((enough) => {
      const timer = setTimeout(enough, waitMs);
      this.#arrived = () => {
        if (this.#held.size < upTo) return;
        clearTimeout(timer);
        enough();
      };
      this.#arrived();
    });
    return [...this.#held.keys()].slice(0, upTo);
  }

  /**
   * Sends it to `topic` once more, under the same event id, and then removes it here. Between the two it may be there twice.
   * @throws MessageRefusedError, BrokerUnavailableError: then it stays a dead letter.
   */
  async sendAgain(letter: DeadLetter, { topic }: { readonly topic: Topic }): Promise<SendReceipt> {
    const { body, tag, keys, properties } = letter;
    const receipt = await this.#options.send({
      topic: topic.name,
      body: Buffer.from(body),
      keys,
      properties,
      ...(tag === undefined ? {} : { tag }),
      ...(topic.brokerType === 'FIFO' ? { messageGroup: properties['subject'] ?? letter.messageId } : {}),
    });
    await this.discard(letter);
    return receipt;
  }

  /** Removes it for good. */
  async discard(letter: DeadLetter): Promise<void> {
    const leased = this.#held.get(letter);
    this.#held.delete(letter);
    await leased?.ack();
  }

  /** Never rejects. */
  async stop(drainMs = 5_000): Promise<void> {
    for (const leased of this.#held.values()) void leased.release(GIVEN_BACK_MS);
    this.#held.clear();
    await this.#consumer.stop(drainMs);
  }
}

function letterOf({ messageId, properties, tag, keys, body, bornAt }: IncomingMessage): DeadLetter {
  return {
    messageId,
    properties,
    keys,
    body: body.toString(),
    ...(tag === undefined ? {} : { tag }),
    ...(bornAt ? { bornAt } : {}),
  };
}
