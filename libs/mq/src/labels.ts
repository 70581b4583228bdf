import { isTag } from './filter.js';
import { InvalidMessageError } from './mq.errors.js';
import type { OutgoingMessage } from './rocketmq/wire.js';

/** What a sender may write on a message, beside the message itself: for filters, and for people who look for it. */
export interface Labels {
  /** Default the event's type. One word, what subscribers' tag filters compare. */
  readonly tag?: string;
  /** Words to find the message by in the broker's index, beside its business key and its event id. */
  readonly keys?: readonly string[];
  /** What subscribers' SQL filters compare and `Delivery.properties` shows. The envelope's own names (`id`, `type` …) are taken. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** @throws InvalidMessageError before anything is sent. */
export function withLabels(message: OutgoingMessage, { tag, keys = [], properties = {} }: Labels): OutgoingMessage {
  const problems = [
    ...(tag === undefined || isTag(tag) ? [] : [`"${tag}" is no tag: use text without "|" and white space`]),
    ...keys.filter((key) => !/^\S+$/.test(key)).map((key) => `"${key}" is no key: use text without white space`),
    ...Object.keys(properties)
      .filter((name) => name in message.properties)
      .map((name) => `the property "${name}" belongs to the envelope: use another name`),
  ];
  if (problems.length > 0) throw new InvalidMessageError(message.properties['type'] ?? message.topic, problems);
  return {
    ...message,
    ...(tag === undefined ? {} : { tag }),
    keys: [...message.keys, ...keys],
    properties: { ...message.properties, ...properties },
  };
}
