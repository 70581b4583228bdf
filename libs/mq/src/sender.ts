import { Background } from './background.js';
import { delayLevelMs, type DelayLevel } from './delay-level.js';
import { seal, toOutgoing, type Envelope } from './envelope.js';
import { teller, type Facts, type Tell, type WriteStep } from './journal/step.js';
import { withLabels, type Labels } from './labels.js';
import type { Fields } from './message.js';
import { ConfigurationError, DelayOutOfRangeError } from './mq.errors.js';
import type { Retry } from './rocketmq/retry.js';
import type { Log, OutgoingMessage, SendReceipt } from './rocketmq/wire.js';
import type { EventToken, Topic } from './topic.js';
import { newId } from './transaction/event.js';

export interface SendOptions extends Labels {
  /** Default none: after a BrokerUnavailableError only the caller knows whether twice is harmless. */
  readonly retry?: Retry;
}

/** When a delayed message is due: milliseconds from now, a time, or a level of RocketMQ 4 by its name. */
export type When = { readonly afterMs: number } | { readonly at: Date } | { readonly level: DelayLevel };

/** Exactly one of the two is called, once, in a later turn than the send. What they throw is logged. */
export interface SendCallback {
  readonly onSuccess?: (receipt: SendReceipt) => void | Promise<void>;
  /** Not sent again by itself: whether a second attempt is right is decided here. */
  readonly onException: (error: Error) => void | Promise<void>;
}

/** As far as it is used here; `RocketProducer` has it. */
export interface Broker {
  send(message: OutgoingMessage, retry?: Retry): Promise<SendReceipt>;
  recall(topic: string, recallHandle: string): Promise<void>;
}

export interface SenderOptions {
  /** CloudEvents source. */
  readonly source: string;
  readonly published: ReadonlySet<Topic>;
  readonly broker: Broker;
  readonly log: Log;
  readonly journal?: WriteStep;
}

/** The proxy's bounds (RocketMQ 5.5: maxDelayTimeMills; below a second there is no timer). */
const SHORTEST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 86_400_000;
/** One-way messages under way at most: nobody waits for them, so nothing else slows a caller down that is faster than the broker. */
const ONE_WAY_AT_MOST = 256;

/** Sends messages outside of any transaction; the token's kind decides which verb compiles. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #tell: Tell;
  readonly #callbacks = new Background();
  readonly #oneWay = new Background();

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#tell = teller(options.log, options.journal);
  }

  /**
   * Sends now and waits for the broker's answer: it is stored, which says nothing about who consumes it. Messages of one key leave
   * in the order of the calls, retries included.
   * @throws InvalidMessageError, MessageRefusedError: sending it again would fail again.
   * @throws BrokerUnavailableError when it is open whether a broker took it.
   */
  async send<M extends object>(
    event: EventToken<M, 'plain' | 'ordered'>,
    message: Fields<M>,
    { retry, ...labels }: SendOptions = {},
  ): Promise<SendReceipt> {
    const envelope = this.seal(event, message);
    return this.#deliver(event, envelope, withLabels(toOutgoing(event.topic, envelope), labels), retry);
  }

  /**
   * Sends now and goes on at once; a callback tells how it ended. A stop waits for the last callback (see {@link flush}).
   * @throws InvalidMessageError, ConfigurationError at once, before anything is sent; then no callback is called.
   */
  sendAsync<M extends object>(
    event: EventToken<M, 'plain' | 'ordered'>,
    message: Fields<M>,
    callback: SendCallback,
    labels: Labels = {},
  ): void {
    const envelope = this.seal(event, message);
    const outgoing = withLabels(toOutgoing(event.topic, envelope), labels);
    this.#callbacks.run(async () => {
      try {
        const receipt = await this.#deliver(event, envelope, outgoing).catch(asError);
        if (receipt instanceof Error) await callback.onException(receipt);
        else await callback.onSuccess?.(receipt);
      } catch (error) {
        this.#options.log.error({ ...factsOf(event, envelope), err: error }, 'send callback failed');
      }
    });
  }

  /**
   * Sends now, and nobody learns how it ends. RocketMQ 5 has no one-way call on its gRPC protocol: this is a send whose answer is
   * only logged. At most 256 are under way, because nothing else would hold back a caller that is faster than the broker.
   * @returns false when it was dropped because of that.
   * @throws InvalidMessageError, ConfigurationError before anything is sent.
   */
  sendOneWay<M extends object>(
    event: EventToken<M, 'plain' | 'ordered'>,
    message: Fields<M>,
    labels: Labels = {},
  ): boolean {
    const { log } = this.#options;
    const envelope = this.seal(event, message);
    const outgoing = withLabels(toOutgoing(event.topic, envelope), labels);
    if (this.#oneWay.size >= ONE_WAY_AT_MOST) {
      log.warn({ ...factsOf(event, envelope), underWay: this.#oneWay.size }, 'one-way message dropped');
      return false;
    }
    this.#oneWay.run(async () => {
      try {
        await this.#deliver(event, envelope, outgoing);
      } catch (error) {
        log.warn({ ...factsOf(event, envelope), err: error }, 'one-way message lost');
      }
    });
    return true;
  }

  /** When the last callback has run and nothing one-way is under way any more. Closing does this by itself. */
  async flush(): Promise<void> {
    await Promise.all([this.#callbacks.idle(), this.#oneWay.idle()]);
  }

  /**
   * Delivers `message` about then: up to 1 s early (timer tick), later under load. It triggers; compare deadlines with the
   * database's clock.
   * @param when milliseconds from now, a time or a level; 1 s to 24 h ahead (the proxy's bounds).
   * @throws DelayOutOfRangeError, InvalidMessageError before anything is sent.
   * @throws BrokerUnavailableError when it is open whether a broker took it.
   */
  async sendLater<M extends object>(
    event: EventToken<M, 'delayed'>,
    message: Fields<M>,
    when: When,
    { retry, ...labels }: SendOptions = {},
  ): Promise<SendReceipt> {
    const now = Date.now();
    const afterMs = delayOf(when, now);
    if (!Number.isSafeInteger(afterMs) || afterMs < SHORTEST_DELAY_MS || afterMs > LONGEST_DELAY_MS) {
      throw new DelayOutOfRangeError(afterMs);
    }
    const envelope = this.seal(event, message);
    const deliverAt = new Date(now + afterMs);
    const outgoing = withLabels({ ...toOutgoing(event.topic, envelope), deliverAt }, labels);
    return this.#deliver(event, envelope, outgoing, retry);
  }

  /**
   * Takes a delayed message back, until about a second before its time.
   * @throws MessageRefusedError when it is too late.
   */
  recall<M extends object>(event: EventToken<M, 'delayed'>, recallHandle: string): Promise<void> {
    return this.#options.broker.recall(event.topic.name, recallHandle);
  }

  /** @throws InvalidMessageError; ConfigurationError for a topic that is not listed. */
  protected seal<M extends object>(event: EventToken<M>, message: Fields<M>): Envelope {
    const { published, source } = this.#options;
    if (!published.has(event.topic)) {
      throw new ConfigurationError(
        'MQ_TOPIC_NOT_PUBLISHED',
        `This service does not publish to "${event.topic.name}". Add its topic to "publishes".`,
      );
    }
    return seal(event, message, { id: newId(), source });
  }

  async #deliver(event: EventToken, envelope: Envelope, message: OutgoingMessage, retry?: Retry): Promise<SendReceipt> {
    const receipt = await this.#options.broker.send(message, retry);
    const { messageId } = receipt;
    const { deliverAt } = message;
    const facts = { ...factsOf(event, envelope), messageId };
    if (deliverAt) this.#tell('timer armed', { ...facts, deliverAt });
    else this.#tell('event sent', facts);
    return receipt;
  }
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

function delayOf(when: When, now: number): number {
  if ('at' in when) return when.at.getTime() - now;
  return 'level' in when ? delayLevelMs(when.level) : when.afterMs;
}

function factsOf(event: EventToken, { attributes }: Envelope): Facts {
  return { eventId: attributes.id, type: attributes.type, key: attributes.subject, topic: event.topic.name };
}
