import { seal, toOutgoing, type Envelope } from './envelope.js';
import type { LocalTransaction } from './local-transaction.js';
import type { Fields } from './message.js';
import { ConfigurationError, DelayOutOfRangeError } from './mq.errors.js';
import type { Log, OutgoingMessage, SendReceipt } from './rocketmq/wire.js';
import type { EventToken, Topic } from './topic.js';
import { newId, refuseUnstorable } from './transaction/event.js';
import type { TransactionalSender } from './transaction/send-in-transaction.js';

export { LocalTransactions } from './transaction/local-transactions.js';

export interface SendInTransactionOptions {
  /** `accept` (default): go on without a half message, the sweeper publishes. `refuse`: BrokerUnavailableError, nothing begun. */
  readonly whenBrokerIsDown?: 'accept' | 'refuse';
  /**
   * True: never share a local transaction with concurrent requests. For work that takes long, e.g. because it calls another
   * service, and would hold up its neighbours. Default false.
   */
  readonly alone?: boolean;
}

/** Sends messages; the token's kind decides which verb compiles. */
export abstract class Producer {
  /**
   * Sends now, outside of any transaction. Messages of one key leave in the order of the calls. Not retried.
   * @throws InvalidMessageError, MessageRefusedError: sending it again would fail again.
   * @throws BrokerUnavailableError when it is open whether a broker took it.
   */
  abstract send<M extends object>(event: EventToken<M, 'plain' | 'ordered'>, message: Fields<M>): Promise<SendReceipt>;

  /**
   * Delivers `message` about then: up to 1 s early (timer tick), later under load. It triggers; compare deadlines with the
   * database's clock.
   * @param when milliseconds from now, or a time; 1 s to 24 h ahead (the proxy's bounds).
   * @throws DelayOutOfRangeError, InvalidMessageError before anything is sent.
   * @throws BrokerUnavailableError when it is open whether a broker took it.
   */
  abstract sendLater<M extends object>(
    event: EventToken<M, 'delayed'>,
    message: Fields<M>,
    when: { readonly afterMs: number } | { readonly at: Date },
  ): Promise<SendReceipt>;

  /**
   * Takes a delayed message back, until about a second before its time.
   * @throws MessageRefusedError when it is too late.
   */
  abstract recall<M extends object>(event: EventToken<M, 'delayed'>, recallHandle: string): Promise<void>;

  /**
   * Runs `work` in a local transaction and publishes `message` if and only if that commits, whatever dies in between; see
   * docs/flow.md. Concurrent calls may share one database transaction, each in its own savepoint. `work` may run twice, after
   * its first run was rolled back: what it does outside of `tx` must bear that.
   * @returns what `work` returned, once it is committed. The message is delivered afterwards, at least once.
   * @throws what `work` threw, or PostgreSQL's error: nothing happened.
   * @throws TransactionInDoubtError: it may have happened, repeat with the same idempotency key.
   * @throws TransactionFencedError: it was too slow and is aborted.
   * @throws BrokerUnavailableError only with `whenBrokerIsDown: 'refuse'`: nothing happened.
   * @throws InvalidMessageError before anything is begun.
   */
  abstract sendInTransaction<M extends object, R>(
    event: EventToken<M, 'transactional'>,
    message: Fields<M>,
    work: (tx: LocalTransaction) => Promise<R>,
    options?: SendInTransactionOptions,
  ): Promise<R>;
}

/** The proxy's bounds (RocketMQ 5.5: maxDelayTimeMills; below a second there is no timer). */
const SHORTEST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 86_400_000;

/** As far as it is used here; `RocketProducer` has it. */
interface Broker {
  send(message: OutgoingMessage): Promise<SendReceipt>;
  recall(topic: string, recallHandle: string): Promise<void>;
}

export class RocketMqProducer extends Producer {
  constructor(
    private readonly source: string,
    private readonly published: ReadonlySet<Topic>,
    private readonly broker: Broker,
    private readonly transactional: TransactionalSender,
    private readonly log: Log,
  ) {
    super();
  }

  async send<M extends object>(event: EventToken<M, 'plain' | 'ordered'>, message: Fields<M>): Promise<SendReceipt> {
    const envelope = this.#seal(event, message);
    const receipt = await this.broker.send(toOutgoing(event.topic, envelope));
    this.log.debug({ ...factsOf(event, envelope), messageId: receipt.messageId }, 'event sent');
    return receipt;
  }

  async sendLater<M extends object>(
    event: EventToken<M, 'delayed'>,
    message: Fields<M>,
    when: { readonly afterMs: number } | { readonly at: Date },
  ): Promise<SendReceipt> {
    const now = Date.now();
    const afterMs = 'at' in when ? when.at.getTime() - now : when.afterMs;
    if (!Number.isSafeInteger(afterMs) || afterMs < SHORTEST_DELAY_MS || afterMs > LONGEST_DELAY_MS) {
      throw new DelayOutOfRangeError(afterMs);
    }
    const envelope = this.#seal(event, message);
    const deliverAt = new Date(now + afterMs);
    const receipt = await this.broker.send({ ...toOutgoing(event.topic, envelope), deliverAt });
    this.log.debug({ ...factsOf(event, envelope), messageId: receipt.messageId, deliverAt }, 'timer armed');
    return receipt;
  }

  recall<M extends object>(event: EventToken<M, 'delayed'>, recallHandle: string): Promise<void> {
    return this.broker.recall(event.topic.name, recallHandle);
  }

  async sendInTransaction<M extends object, R>(
    event: EventToken<M, 'transactional'>,
    message: Fields<M>,
    work: (tx: LocalTransaction) => Promise<R>,
    { whenBrokerIsDown = 'accept', alone = false }: SendInTransactionOptions = {},
  ): Promise<R> {
    const envelope = this.#seal(event, message);
    refuseUnstorable(envelope);
    const value = await this.transactional.send({ topic: event.topic, envelope, work, whenBrokerIsDown, alone });
    // The sender returns what this very work returned; its queue holds works of all types.
    return value as R;
  }

  #seal<M extends object>(event: EventToken<M>, message: Fields<M>): Envelope {
    if (!this.published.has(event.topic)) {
      throw new ConfigurationError(
        'MQ_TOPIC_NOT_PUBLISHED',
        `This service does not publish to "${event.topic.name}". Add its topic to "publishes" of the mq module.`,
      );
    }
    return seal(event, message, { id: newId(), source: this.source });
  }
}

function factsOf(event: EventToken, { attributes }: Envelope): object {
  return { eventId: attributes.id, type: attributes.type, key: attributes.subject, topic: event.topic.name };
}
