import type { Envelope } from './envelope.js';
import type { Half } from './half/half.js';
import type { LocalTransaction } from './local-transaction.js';
import type { Fields } from './message.js';
import { Sender, type SenderOptions } from './sender.js';
import type { EventToken, Topic } from './topic.js';
import { refuseUnstorable } from './transaction/event.js';
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
  /**
   * What names the row that `work` locks and others want too, e.g. an idempotency key. Works that share a transaction run in the
   * order of these, so that two transactions which meet in the same rows wait in line instead of for each other. Default: the
   * message's business key.
   */
  readonly lockKey?: string;
}

/** Sends messages; the token's kind decides which verb compiles. */
export abstract class Producer extends Sender {
  /**
   * Stores a half message: nobody sees it before `commit()`. Give its verdict as soon as you know it, and none while you do not:
   * without one the broker asks the `@CheckBack` method of this event, in this process or another one, after some seconds and
   * again until there is a verdict. At most 64 wait for theirs (`maxHalvesInFlight`); the permit of one that gets none comes
   * back after 30 s. Not retried.
   * @throws InvalidMessageError, MessageRefusedError: sending it again would fail again.
   * @throws BrokerUnavailableError, at once while the broker is known to be away. Whether it has the message is open then; if it
   * has, the check-back is asked about it like about any other.
   */
  abstract sendHalf<M extends object>(event: EventToken<M, 'half'>, message: Fields<M>): Promise<Half>;

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

/** As far as it is used here; `HalfTopic` has it. */
interface SendsHalves {
  send(envelope: Envelope): Promise<Half>;
}

export class RocketMqProducer extends Producer {
  constructor(
    options: SenderOptions,
    private readonly transactional: TransactionalSender,
    private readonly halves: ReadonlyMap<Topic, SendsHalves>,
  ) {
    super(options);
  }

  async sendHalf<M extends object>(event: EventToken<M, 'half'>, message: Fields<M>): Promise<Half> {
    const envelope = this.seal(event, message);
    const topic = this.halves.get(event.topic);
    if (!topic) throw new TypeError(`"${event.topic.name}" is no transactional topic.`);
    return topic.send(envelope);
  }

  async sendInTransaction<M extends object, R>(
    event: EventToken<M, 'transactional'>,
    message: Fields<M>,
    work: (tx: LocalTransaction) => Promise<R>,
    { whenBrokerIsDown = 'accept', alone = false, lockKey }: SendInTransactionOptions = {},
  ): Promise<R> {
    const envelope = this.seal(event, message);
    refuseUnstorable(envelope);
    const value = await this.transactional.send({
      topic: event.topic,
      envelope,
      work,
      whenBrokerIsDown,
      alone,
      lockKey: lockKey ?? envelope.attributes.subject,
    });
    // The sender returns what this very work returned; its queue holds works of all types.
    return value as R;
  }
}
