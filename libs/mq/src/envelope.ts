import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { v5 } from 'uuid';
import type { Fields } from './message.js';
import { InvalidMessageError, UnprocessableMessageError } from './mq.errors.js';
import type { IncomingMessage, OutgoingMessage } from './rocketmq/wire.js';
import type { EventToken, Topic } from './topic.js';

/** CloudEvents 1.0 attributes; they travel as message properties with these names, the data as a JSON body. */
export interface Attributes {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  /** The business key. */
  readonly subject: string;
  /** Schema version of the data. */
  readonly dataversion: string;
  /** Id of the event that this one answers. */
  readonly causationid?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
}

/** An event as it is stored in the transaction log and sent to a topic. */
export interface Envelope {
  readonly attributes: Attributes;
  /** JSON text of the data. */
  readonly data: string;
}

/** RocketMQ stops at 4 MiB; an event is a fact, not a document. */
export const MAX_BODY_BYTES = 256 * 1024;
/** The proxy refuses message groups of 64 bytes and more (40006). */
export const MAX_KEY_BYTES = 63;

/**
 * Seals a message: validates it against its class and the broker's limits.
 * @throws InvalidMessageError naming every problem; nothing is stored or sent.
 */
export function seal<M extends object>(
  event: EventToken<M>,
  message: Fields<M>,
  about: { readonly id: string; readonly source: string; readonly causationId?: string; readonly traceparent?: string },
): Envelope {
  const problems = flaws(plainToInstance(event.message, message));
  const data = JSON.stringify(message);
  if (Buffer.byteLength(data) > MAX_BODY_BYTES) problems.push(`its body is over ${MAX_BODY_BYTES} bytes`);
  const subject = problems.length ? '' : event.topic.keyOf(message);
  if (!problems.length && (!subject || Buffer.byteLength(subject) > MAX_KEY_BYTES)) {
    problems.push(`its key must have 1 to ${MAX_KEY_BYTES} bytes`);
  }
  if (problems.length) throw new InvalidMessageError(event.type, problems);
  return {
    attributes: {
      specversion: '1.0',
      id: about.id,
      source: about.source,
      type: event.type,
      time: new Date().toISOString(),
      subject,
      dataversion: String(event.message.version),
      ...(about.causationId ? { causationid: about.causationId } : {}),
      ...(about.traceparent ? { traceparent: about.traceparent } : {}),
    },
    data,
  };
}

/** The broker's form of an envelope. A FIFO topic gets the key as message group. */
export function toOutgoing(topic: Topic, envelope: Envelope): OutgoingMessage {
  const { attributes, data } = envelope;
  return {
    topic: topic.name,
    body: Buffer.from(data),
    tag: attributes.type,
    keys: [attributes.subject, attributes.id],
    properties: { ...attributes },
    ...(topic.brokerType === 'FIFO' ? { messageGroup: attributes.subject } : {}),
  };
}

/** What arrived, read as far as needed to find its handler; the data is still text. */
export interface Opened {
  readonly event: EventToken;
  readonly envelope: Envelope;
}

/**
 * Reads the attributes and finds the event among those of `topic`.
 * Messages are untrusted input: size, attributes, type, version and key are checked.
 * @throws UnprocessableMessageError
 */
export function open(topic: Topic, incoming: IncomingMessage): Opened {
  const { properties: p } = incoming;
  if (incoming.corrupted) throw new UnprocessableMessageError(`Message ${incoming.messageId} is corrupted.`);
  if (incoming.body.byteLength > MAX_BODY_BYTES)
    throw new UnprocessableMessageError(`Message ${incoming.messageId} is too large.`);
  const { id, source, type, time, subject, dataversion } = p;
  if (p['specversion'] !== '1.0' || !id || !source || !type || !time || !subject || !dataversion) {
    throw new UnprocessableMessageError(`Message ${incoming.messageId} is no CloudEvents 1.0 message.`);
  }
  const event = topic.events.find((candidate) => candidate.type === type);
  if (!event) throw new UnprocessableMessageError(`Topic "${topic.name}" has no event of type "${type}".`);
  if (dataversion !== String(event.message.version)) {
    throw new UnprocessableMessageError(`Version ${dataversion} of "${type}" is unknown here.`);
  }
  if (incoming.messageGroup !== undefined && incoming.messageGroup !== subject) {
    throw new UnprocessableMessageError(`Message ${incoming.messageId} has a message group that is not its key.`);
  }
  const { causationid, traceparent } = p;
  return {
    event,
    envelope: {
      attributes: {
        specversion: '1.0',
        id,
        source,
        type,
        time,
        subject,
        dataversion,
        ...(causationid ? { causationid } : {}),
        ...(traceparent ? { traceparent } : {}),
      },
      data: incoming.body.toString(),
    },
  };
}

/**
 * The message of an opened envelope as an instance of its class. Unknown fields are ignored, so that a sender may add some.
 * @throws UnprocessableMessageError when it is no JSON, breaks its class or is not about its key.
 */
export function read(opened: Opened): object {
  const { event, envelope } = opened;
  let plain: unknown;
  try {
    plain = JSON.parse(envelope.data);
  } catch (cause) {
    throw new UnprocessableMessageError(`"${event.type}" ${envelope.attributes.id} is no JSON.`, { cause });
  }
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    throw new UnprocessableMessageError(`"${event.type}" ${envelope.attributes.id} is no JSON object.`);
  }
  const message = plainToInstance(event.message, plain);
  const problems = flaws(message);
  if (problems.length) {
    throw new UnprocessableMessageError(
      `"${event.type}" ${envelope.attributes.id} is not valid: ${problems.join('; ')}.`,
    );
  }
  if (event.topic.keyOf(message) !== envelope.attributes.subject) {
    throw new UnprocessableMessageError(`"${event.type}" ${envelope.attributes.id} is about another key than it says.`);
  }
  return message;
}

/** Namespace of reply ids (RFC 9562 UUIDv5); any fixed UUID would do, it must only never change. */
const REPLIES = '5f0a2f4e-6d0b-5c0e-9b1e-0f7a6d1c2b3a';

/** The id of a reply: the same for every repetition of the same answer to the same event. */
export function replyId(inboundEventId: string, replyType: string): string {
  return v5(`${inboundEventId} ${replyType}`, REPLIES);
}

function flaws(message: object): string[] {
  const found: string[] = [];
  const walk = (errors: readonly ValidationError[], path: string): void => {
    for (const error of errors) {
      found.push(...Object.values(error.constraints ?? {}).map((text) => `${path}/${error.property}: ${text}`));
      walk(error.children ?? [], `${path}/${error.property}`);
    }
  };
  walk(validateSync(message, { whitelist: false, forbidUnknownValues: true }), '');
  return found;
}
