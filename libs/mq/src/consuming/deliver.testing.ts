import { randomUUID } from 'node:crypto';
import { bindingsOf } from '../decorators.js';
import { open, seal, toOutgoing } from '../envelope.js';
import type { LocalTransaction } from '../local-transaction.js';
import type { Fields } from '../message.js';
import type { LocalTransactions } from '../producer.js';
import { bound } from '../registry/bound.js';
import type { IncomingMessage, OutgoingMessage } from '../rocketmq/wire.js';
import type { EventToken } from '../topic.js';
import { acknowledge } from '../transaction/transaction-log.js';
import { Handling } from './handling.js';

export interface DeliverOptions {
  /** Where the handler's transaction runs: `localTransactionsOn(pool)`, or the application's own. */
  readonly localTransactions: LocalTransactions;
  /** Id of the event; default a new one. The same id again is a redelivery. */
  readonly id?: string;
  /** The event of this service that this one answers; it is retired as in production. */
  readonly causationId?: string;
  /** Which delivery by the broker this is, default 1. */
  readonly attempt?: number;
}

/** A reply as it would have been sent. */
export interface DeliveredReply {
  readonly id: string;
  readonly type: string;
  readonly topic: string;
  readonly key: string;
  readonly causationId: string;
  readonly message: unknown;
}

/**
 * Hands one event to the handler of `instance`, in the same way as a consumer does: sealed, opened, validated, in one real
 * local transaction that is committed. Only the broker is left out; retries, parking and quarantine are the consumer's.
 * @returns the replies that a consumer would send now.
 * @throws what the handler throws; the transaction is rolled back then.
 */
export async function deliver<M extends object>(
  instance: object,
  event: EventToken<M>,
  message: Fields<M>,
  options: DeliverOptions,
): Promise<readonly DeliveredReply[]> {
  // A token of M is a token; what forgets M is the list of bindings.
  const plain = event as unknown as EventToken;
  const binding = bindingsOf(instance).find((candidate) => candidate.event === plain);
  if (!binding)
    throw new Error(`${instance.constructor.name} does not handle "${event.type}". Add @On to one of its methods.`);
  const { localTransactions, id = randomUUID(), causationId, attempt = 1 } = options;
  const envelope = seal(event, message, { id, source: 'testing', ...(causationId ? { causationId } : {}) });
  const incoming = delivered(toOutgoing(event.topic, envelope), attempt);
  const handling = new Handling({
    source: 'testing',
    publishes: { has: () => true },
    localTransactions,
    acknowledge: (tx: LocalTransaction, eventIds: readonly string[]) => acknowledge(tx, eventIds),
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const handler = bound(instance, binding);
  const readable = handling.read(binding.group, incoming, { opened: open(event.topic, incoming), bound: handler });
  const [replies = []] = await handling.transact(handler, [readable]);
  return replies.map(({ topic, body, properties }) => ({
    id: properties['id'] ?? '',
    type: properties['type'] ?? '',
    topic,
    key: properties['subject'] ?? '',
    causationId: properties['causationid'] ?? '',
    message: JSON.parse(body.toString()),
  }));
}

/** What the broker makes of what was sent. */
function delivered(
  { topic, body, tag, keys, properties, messageGroup }: OutgoingMessage,
  attempt: number,
): IncomingMessage {
  return {
    topic,
    body,
    keys,
    properties,
    messageId: randomUUID(),
    attempt,
    bornAt: new Date(),
    corrupted: false,
    ...(tag === undefined ? {} : { tag }),
    ...(messageGroup === undefined ? {} : { messageGroup }),
  };
}
