import type { Opened } from './envelope.js';
import type { IncomingMessage } from './rocketmq/wire.js';

/** What a handler may want to know about the message it got, beside the message itself. */
export interface Delivery {
  /** CloudEvents `id`; the same for every redelivery and every re-send. */
  readonly eventId: string;
  readonly type: string;
  readonly topic: string;
  readonly group: string;
  /** Business key, the message group of an ordered topic. */
  readonly key: string;
  /** 1 for the first delivery by the broker. */
  readonly attempt: number;
  /** The broker's id of this copy; never an idempotency key. */
  readonly messageId: string;
  /** When the event was recorded by its sender. */
  readonly time: Date;
  /** CloudEvents `source`: the service that sent it. */
  readonly source: string;
  /** The event that this one answers. */
  readonly causationId?: string;
  /** Words to find the message by in the broker's index: business key, event id, and what the sender added. */
  readonly keys: readonly string[];
  /** What tag filters compare: the event's type unless the sender gave another. */
  readonly tag?: string;
  /** Everything that travelled beside the body: the envelope, and what the sender added. */
  readonly properties: Readonly<Record<string, string>>;
}

export function deliveryOf(group: string, incoming: IncomingMessage, { envelope: { attributes } }: Opened): Delivery {
  return {
    eventId: attributes.id,
    type: attributes.type,
    topic: incoming.topic,
    group,
    key: attributes.subject,
    attempt: incoming.attempt,
    messageId: incoming.messageId,
    time: new Date(attributes.time),
    source: attributes.source,
    ...(attributes.causationid ? { causationId: attributes.causationid } : {}),
    ...(incoming.tag === undefined ? {} : { tag: incoming.tag }),
    keys: incoming.keys,
    properties: incoming.properties,
  };
}
