import { open, type Opened } from '../envelope.js';
import type { Filter } from '../filter.js';
import { UnprocessableMessageError } from '../mq.errors.js';
import type { Bound } from '../registry/bound.js';
import type { IncomingMessage, LeasedMessage } from '../rocketmq/wire.js';
import type { Topic } from '../topic.js';

/** What a group consumes: its topics by name, its handlers by event type within a topic. */
export interface Subscription {
  readonly group: string;
  readonly ordered: boolean;
  readonly topics: ReadonlyMap<string, Topic>;
  /** By topic; a topic without one is read whole. */
  readonly filters: ReadonlyMap<string, Filter>;
  readonly handlers: readonly Bound[];
}

/** A message as far as it could be understood without its body. */
export type Addressed =
  | { readonly opened: Opened; readonly bound: Bound; readonly flaw?: undefined }
  | { readonly flaw: UnprocessableMessageError; readonly opened?: undefined; readonly bound?: undefined };

/** Finds the handler of a message. Never throws: what cannot be addressed carries its flaw into quarantine. */
export function address(subscription: Subscription, message: IncomingMessage): Addressed {
  try {
    const topic = subscription.topics.get(message.topic);
    if (!topic) throw new UnprocessableMessageError(`Topic "${message.topic}" is not subscribed here.`);
    const opened = open(topic, message);
    const bound = subscription.handlers.find((handler) => handler.event === opened.event);
    // The registry refuses to boot without one; a replayed row may be older than the code.
    if (!bound) throw new UnprocessableMessageError(`Nothing handles "${opened.event.type}" in this group.`);
    return { opened, bound };
  } catch (error) {
    if (error instanceof UnprocessableMessageError) return { flaw: error };
    return { flaw: new UnprocessableMessageError(`Message ${message.messageId} cannot be read.`, { cause: error }) };
  }
}

/** The longest key that is stored; RocketMQ's message groups end at 63 bytes, plain topics know no limit. */
const MAX_STORED_KEY = 200;

/** The lane of a message: its key, and for the unreadable whatever the broker ordered it by. */
export function laneKey(addressed: Addressed, message: IncomingMessage): string {
  const key = addressed.opened?.envelope.attributes.subject ?? message.messageGroup ?? message.messageId;
  return printable(key).slice(0, MAX_STORED_KEY);
}

/** Text that PostgreSQL takes: well-formed and without NUL. */
export function printable(text: string): string {
  // Encoding replaces lone surrogates, which jsonb would refuse.
  return Buffer.from(text).toString().replaceAll('\u0000', '\ufffd');
}

/** A leased message on its way through its lane. */
export interface Held {
  readonly key: string;
  readonly leased: LeasedMessage;
  readonly addressed: Addressed;
  /** Its key is parked: it queues behind in the table. */
  behindParked: boolean;
  /** It was in a batch that failed and now runs alone. */
  alone: boolean;
  /** Failures that count; an unreachable database does not. */
  failures: number;
  firstFailedAtMs?: number;
}
