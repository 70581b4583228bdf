import { read, replyId, seal, toOutgoing } from '../envelope.js';
import { deliveryOf, type Delivery } from '../delivery.js';
import type { HandlerResult } from '../decorators.js';
import { teller, type Tell, type WriteStep } from '../journal/step.js';
import type { LocalTransaction } from '../local-transaction.js';
import type { ReachedPoint } from '../mq.config.js';
import { ConfigurationError, MqError } from '../mq.errors.js';
import type { LocalTransactions } from '../producer.js';
import type { Bound } from '../registry/bound.js';
import type { Reply } from '../reply.js';
import type { IncomingMessage, Log, OutgoingMessage } from '../rocketmq/wire.js';
import type { Addressed } from './held.js';

export interface HandlingOptions {
  /** CloudEvents source of the replies. */
  readonly source: string;
  /** Names of the topics that replies may go to. */
  readonly publishes: Pick<ReadonlySet<string>, 'has'>;
  readonly localTransactions: LocalTransactions;
  /** Marks events of ours as acknowledged end to end, inside the transaction that applies their answer. */
  readonly acknowledge: (tx: LocalTransaction, eventIds: readonly string[]) => Promise<unknown>;
  /** Default {@link HANDLER_MS}. */
  readonly handlerMs?: number;
  readonly log: Log;
  readonly reached?: ReachedPoint;
  readonly journal?: WriteStep;
}

/** The longest that a handler may take; it is below a parked message's claim, and far above the limits of PostgreSQL. */
const HANDLER_MS = 15_000;

/** A handler did not settle in time; its transaction was rolled back. */
export class HandlerTimeoutError extends MqError {
  constructor(
    readonly handler: string,
    readonly limitMs: number,
  ) {
    super(
      'MQ_HANDLER_TIMEOUT',
      `${handler} did not finish within ${limitMs} ms. Await only what ends; give calls to others a shorter timeout.`,
    );
  }
}

/** A message that is ready for its handler: body read and validated. */
export interface Readable {
  readonly message: object;
  readonly delivery: Delivery;
  readonly traceparent?: string;
}

/**
 * One handling, whether the message came from its lane or from the parking lot: effects, the acknowledgement of what is
 * answered here, and nothing else in one local transaction; replies are sealed inside it (an invalid one must undo the
 * effects, not be found out after the commit) and sent after it.
 */
export class Handling {
  readonly #tell: Tell;

  constructor(private readonly options: HandlingOptions) {
    this.#tell = teller(options.log, options.journal);
  }

  /** @throws UnprocessableMessageError when the body breaks its contract. */
  read(group: string, incoming: IncomingMessage, addressed: Addressed): Readable {
    if (addressed.flaw) throw addressed.flaw;
    const { attributes } = addressed.opened.envelope;
    const message = read(addressed.opened);
    return {
      message,
      delivery: deliveryOf(group, incoming, addressed.opened),
      ...(attributes.traceparent ? { traceparent: attributes.traceparent } : {}),
    };
  }

  /**
   * Runs the handler in one local transaction and commits it.
   * @returns per message the replies that must be sent before it is acknowledged.
   */
  async transact(bound: Bound, work: readonly Readable[]): Promise<readonly (readonly OutgoingMessage[])[]> {
    const { reached, localTransactions, acknowledge, handlerMs = HANDLER_MS } = this.options;
    const deliveries = work.map(({ delivery }) => delivery);
    const answered = deliveries.map(({ causationId }) => causationId ?? '').filter((id) => id !== '');
    if (reached) await reached('consume.before-begin', bound.event.type);
    const replies = await localTransactions.run(async (tx) => {
      const messages = work.map(({ message }) => message);
      const results = await withinTime(handlerMs, bound.handler, bound.call(messages, tx, deliveries));
      if (results.length !== work.length) {
        throw new ConfigurationError(
          'MQ_BATCH_RESULTS',
          `${bound.handler} answered ${results.length} results for ${work.length} messages. Return one per message, in their order, or nothing at all.`,
        );
      }
      if (reached) await reached('consume.after-handler', bound.event.type);
      const sealed = work.map((readable, i) => this.#seal(bound, readable, results[i]));
      if (answered.length > 0) await acknowledge(tx, answered);
      if (reached) await reached('consume.before-commit', bound.event.type);
      return sealed;
    });
    if (reached) await reached('consume.after-commit', bound.event.type);
    deliveries.forEach(({ eventId, type, key, attempt, messageId }, i) => {
      // What was decided: the replies say it.
      const detail = replies[i]?.map(({ tag }) => tag).join(', ');
      this.#tell('event handled', {
        eventId,
        type,
        key,
        attempt,
        messageId,
        group: bound.group,
        ...(detail ? { detail } : {}),
      });
    });
    return replies;
  }

  #seal(bound: Bound, { delivery, traceparent }: Readable, result: HandlerResult): readonly OutgoingMessage[] {
    const replies = result === undefined ? [] : isReply(result) ? [result] : result;
    const types = new Set<string>();
    return replies.map(({ event, message }) => {
      if (!this.options.publishes.has(event.topic.name)) {
        throw new ConfigurationError(
          'MQ_REPLY_TOPIC',
          `${bound.handler} replied with "${event.type}", but this service does not publish "${event.topic.name}". Add its token to "publishes" of MqModule.`,
        );
      }
      if (types.has(event.type)) {
        throw new ConfigurationError(
          'MQ_REPLY_TWICE',
          `${bound.handler} replied twice with "${event.type}" to one event: both would be the same event. Reply once, with everything in it.`,
        );
      }
      types.add(event.type);
      const about = {
        id: replyId(delivery.eventId, event.type),
        source: this.options.source,
        causationId: delivery.eventId,
        ...(traceparent ? { traceparent } : {}),
      };
      return toOutgoing(event.topic, seal(event, message, about));
    });
  }
}

/**
 * A handler that never settles would keep its key, its slot and its lease for ever. Over its time it fails: its transaction is
 * rolled back, and what it still does with `tx` is refused.
 */
async function withinTime<T>(ms: number, handler: string, work: Promise<T>): Promise<T> {
  let bell: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    bell = setTimeout(() => reject(new HandlerTimeoutError(handler, ms)), ms);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(bell);
  }
}

function isReply(result: Reply | readonly Reply[]): result is Reply {
  return !Array.isArray(result);
}
