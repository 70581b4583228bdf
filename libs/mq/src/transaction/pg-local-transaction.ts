import type { Delivery } from '../delivery.js';
import { seal } from '../envelope.js';
import type { LocalTransaction, Rows, Statement } from '../local-transaction.js';
import type { Fields } from '../message.js';
import { ConfigurationError } from '../mq.errors.js';
import type { EventToken, Topic } from '../topic.js';
import { newId, refuseUnstorable, type RecordedEvent } from './event.js';
import type { PgTransaction } from './pg-transaction.js';
import { firstTime, recordEvent } from './transaction-log.js';

/** What a transaction of this service has in common with its others. */
export interface Publishing {
  readonly source: string;
  /** Transactional topics of this service, by name. */
  readonly topics: ReadonlyMap<string, Topic>;
  readonly resendAfterMs: number;
}

/**
 * What a piece of work gets: it writes into somebody's transaction, and cannot end it. Several may share one transaction,
 * one after the other, each in its savepoint. Closed when its work has returned, so that a forgotten await fails loudly
 * instead of writing into a neighbour's savepoint.
 */
export class PgLocalTransaction implements LocalTransaction {
  readonly published: RecordedEvent[] = [];
  /** Some statement failed: unless the work used a savepoint of its own, PostgreSQL has given the transaction up. */
  failed = false;
  #closed = false;
  readonly #running = new Set<Promise<unknown>>();

  constructor(
    private readonly transaction: PgTransaction,
    private readonly publishing: Publishing,
    /** Shared by all events of one transaction; the first event's id if none is given. */
    public transactionId?: string,
  ) {}

  async query<R = Record<string, unknown>>(
    statement: Statement | string,
    values?: readonly unknown[],
  ): Promise<Rows<R>> {
    if (this.#closed) throw new Error('The work has returned. Await every query of tx before returning.');
    refuseTransactionControl(statement);
    const answer = this.transaction.query<R>(statement, values);
    this.#running.add(answer);
    try {
      return await answer;
    } catch (error) {
      this.failed = true;
      throw error;
    } finally {
      this.#running.delete(answer);
    }
  }

  async publish<M extends object>(event: EventToken<M, 'transactional'>, message: Fields<M>): Promise<string> {
    if (!this.publishing.topics.has(event.topic.name)) {
      throw new ConfigurationError(
        'MQ_TOPIC_NOT_PUBLISHED',
        `This service does not publish to "${event.topic.name}". Add its topic to "publishes" of the mq module.`,
      );
    }
    const id = newId();
    const envelope = seal(event, message, { id, source: this.publishing.source });
    refuseUnstorable(envelope);
    this.transactionId ??= id;
    const recorded = { transactionId: this.transactionId, topic: event.topic.name, envelope };
    await recordEvent(this, recorded, this.publishing.resendAfterMs);
    this.published.push(recorded);
    return id;
  }

  firstTime(delivery: Delivery): Promise<boolean> {
    return firstTime(this, delivery.group, delivery.eventId);
  }

  /** Waits for what was not awaited, then refuses any more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}

const checked = new Set<string>();

/** A `commit` in the middle would end the transaction behind our back, with the decision row and without the rest. */
function refuseTransactionControl(statement: Statement | string): void {
  const text = typeof statement === 'string' ? statement : statement.text;
  if (checked.has(text)) return;
  if (
    /^\s*(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+(?:work\s+)?to\b))\b/i.test(
      text,
    )
  ) {
    throw new Error('The library ends the transaction. Return to commit, throw to roll back.');
  }
  if (checked.size < 1_000) checked.add(text);
}
