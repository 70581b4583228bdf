import { ConfigurationError } from './mq.errors.js';
import type { MessageClass } from './message.js';

/**
 * What an event's topic can do; decides which verbs compile.
 * RocketMQ 5 keeps the types apart (proxy answer 40014), so an ordered *and* transactional event is a pair of topics:
 * a TRANSACTION carrier and a FIFO topic, joined by the relay.
 */
export type EventKind = 'plain' | 'ordered' | 'transactional' | 'delayed' | 'half';

/** A topic as both sides agreed on it. */
export interface Topic {
  /** RocketMQ name; letters, digits, `-` and `_` only. */
  readonly name: string;
  readonly kind: EventKind;
  /** The broker's `message.type` of `name`. */
  readonly brokerType: 'NORMAL' | 'FIFO' | 'DELAY' | 'TRANSACTION';
  /** TRANSACTION topic of a transactional topic, `<name>-tx`; application code never needs it. */
  readonly carrier?: string;
  /** Consumer group of the relay, `<name>-relay`; on the broker it must exist and be unordered. */
  readonly relayGroup?: string;
  readonly events: readonly EventToken[];
  /** Message group and business key of a message: under 64 bytes (proxy answer 40006). */
  readonly keyOf: (message: object) => string;
}

/** One event of a topic: what `send…` takes and `@On` binds. */
export interface EventToken<M extends object = object, K extends EventKind = EventKind> {
  readonly topic: Topic;
  readonly kind: K;
  /** CloudEvents type, from the message class. */
  readonly type: string;
  readonly message: MessageClass<M>;
}

type Events = Readonly<Record<string, MessageClass>>;
type Message<C> = C extends MessageClass<infer M> ? M : never;
type Union<E extends Events> = Message<E[keyof E]>;

export type TopicToken<E extends Events, K extends EventKind> = {
  readonly [N in keyof E]: EventToken<Message<E[N]>, K>;
} & { readonly topic: Topic };

interface TopicOptions<E extends Events> {
  readonly events: E;
  /** The business key of a message; for an ordered topic also its message group. */
  readonly key: (message: Union<E>) => string;
}

/**
 * A FIFO topic: messages of one key are delivered in the order in which they were sent.
 * With `transactional: true` its events are sent with `sendInTransaction`, over the carrier topic `<name>-tx`.
 * @throws ConfigurationError when a name is not a RocketMQ name.
 */
export function orderedTopic<const E extends Events>(
  name: string,
  options: TopicOptions<E> & { readonly transactional: true },
): TopicToken<E, 'transactional'>;
export function orderedTopic<const E extends Events>(
  name: string,
  options: TopicOptions<E> & { readonly transactional?: false },
): TopicToken<E, 'ordered'>;
export function orderedTopic<const E extends Events>(
  name: string,
  options: TopicOptions<E> & { readonly transactional?: boolean },
): TopicToken<E, 'transactional' | 'ordered'> {
  return options.transactional
    ? build(name, 'transactional', 'FIFO', options, { carrier: `${name}-tx`, relayGroup: `${name}-relay` })
    : build(name, 'ordered', 'FIFO', options);
}

/** A NORMAL topic: unordered, highly concurrent. */
export function plainTopic<const E extends Events>(name: string, options: TopicOptions<E>): TopicToken<E, 'plain'> {
  return build(name, 'plain', 'NORMAL', options);
}

/** A DELAY topic: each message is delivered at its own time, see `Producer.sendLater`. */
export function delayedTopic<const E extends Events>(name: string, options: TopicOptions<E>): TopicToken<E, 'delayed'> {
  return build(name, 'delayed', 'DELAY', options);
}

/**
 * A TRANSACTION topic, as the broker has it: unordered, each message stored as a half message (`Producer.sendHalf`) whose
 * verdict is yours, and asked about with `@CheckBack` when none was heard.
 *
 * For "tell of it if and only if it is committed" take `orderedTopic(…, { transactional: true })`: there the library gives the
 * verdict and answers the check-back. This one is for messages whose verdict follows another rule.
 */
export function transactionalTopic<const E extends Events>(
  name: string,
  options: TopicOptions<E>,
): TopicToken<E, 'half'> {
  return build(name, 'half', 'TRANSACTION', options);
}

function build<E extends Events, K extends EventKind>(
  name: string,
  kind: K,
  brokerType: Topic['brokerType'],
  options: TopicOptions<E>,
  carrier: Pick<Topic, 'carrier' | 'relayGroup'> = {},
): TopicToken<E, K> {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(name)) {
    throw new ConfigurationError(
      'MQ_TOPIC_NAME',
      `"${name}" is no topic name. Use 1 to 100 letters, digits, "-" and "_".`,
    );
  }
  const events: EventToken[] = [];
  const tokens: Record<string, EventToken> = {};
  // The key function is typed with the union of the topic's messages; a Topic forgets that union.
  const topic: Topic = {
    name,
    kind,
    brokerType,
    ...carrier,
    events,
    keyOf: options.key as (message: object) => string,
  };
  for (const [property, message] of Object.entries(options.events)) {
    if (property === 'topic') {
      throw new ConfigurationError('MQ_EVENT_NAME', `An event of "${name}" is called "topic". Choose another name.`);
    }
    if (events.some((other) => other.type === message.type)) {
      throw new ConfigurationError(
        'MQ_EVENT_TYPE',
        `Two events of "${name}" have the type "${message.type}". Rename one.`,
      );
    }
    const token: EventToken = { topic, kind, type: message.type, message };
    events.push(token);
    tokens[property] = token;
  }
  // Built property by property above; the mapped type says the same statically.
  return Object.freeze({ ...tokens, topic }) as unknown as TopicToken<E, K>;
}
