import { toOutgoing } from '../envelope.js';
import type { Facts } from '../journal/step.js';
import { ConfigurationError } from '../mq.errors.js';
import type { OutgoingMessage, SendReceipt } from '../rocketmq/wire.js';
import type { Topic } from '../topic.js';
import type { RecordedEvent } from './event.js';

export interface Sends {
  send(message: OutgoingMessage): Promise<SendReceipt>;
}

/** What became of one event; `error` when the broker did not confirm it. */
export interface Forwarded<E extends RecordedEvent> {
  readonly event: E;
  readonly messageId?: string;
  readonly error?: unknown;
}

/** Ids of events sent lately, a megabyte or so. */
const REMEMBERED = 10_000;

/**
 * Sends recorded events to their FIFO topics: the one way of relay, sweeper and local transactions alike. Events of one key
 * leave in the given order, different keys at the same time. Never rejects.
 */
export class Forwarder {
  readonly #sent = new Set<string>();

  constructor(
    private readonly broker: Sends,
    /** Transactional topics of this service, by name. */
    private readonly topics: ReadonlyMap<string, Topic>,
  ) {}

  forward<E extends RecordedEvent>(events: readonly E[]): Promise<readonly Forwarded<E>[]> {
    return Promise.all(
      events.map(async (event) => {
        try {
          const topic = this.topics.get(event.topic);
          if (!topic) {
            throw new ConfigurationError(
              'MQ_TOPIC_NOT_PUBLISHED',
              `The log has an event for "${event.topic}", which this service does not publish. Add its topic to "publishes" of the mq module.`,
            );
          }
          const { messageId } = await this.broker.send(toOutgoing(topic, event.envelope));
          this.#remember(event.envelope.attributes.id);
          return { event, messageId };
        } catch (error) {
          return { event, error };
        }
      }),
    );
  }

  /** Whether this process sent the event lately. It only spares copies; what a broker has lost since then is the sweeper's. */
  hasSent(eventId: string): boolean {
    return this.#sent.has(eventId);
  }

  #remember(eventId: string): void {
    this.#sent.add(eventId);
    if (this.#sent.size <= REMEMBERED) return;
    // A Set keeps the order of insertion: the first is the oldest.
    for (const oldest of this.#sent) {
      this.#sent.delete(oldest);
      return;
    }
  }
}

/** The fields of a log line about an event. */
export function factsOf({ transactionId, topic, envelope }: RecordedEvent): Facts {
  const { id: eventId, type, subject: key } = envelope.attributes;
  return { transactionId, eventId, type, key, topic };
}
