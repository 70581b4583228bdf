import { ConfigurationError, DelayOutOfRangeError, MessageRefusedError } from '../mq.errors.js';
import { refusal } from './broker-errors.js';
import { Code } from './generated.js';
import type { OutgoingMessage, TopicDescription, TopicType } from './wire.js';

/** RocketMQ's `maxMessageSize`. */
export const MAX_BROKER_BODY_BYTES = 4 * 1024 * 1024;
/** The proxy answers 40006 for 64 bytes and more. */
export const MAX_GROUP_BYTES = 63;
/** The proxy's `maxDelayTimeMills`. */
const MAX_DELAY_MS = 24 * 60 * 60 * 1000;
/** A delay of 1 s that waited in a busy process is due when it gets here; a time long past is a mistake of its caller. */
const LATE_AT_MOST_MS = 5_000;

/**
 * Refuses, before anything is sent, what the client lets through: string bodies are read as base64, NaN as "at once", an empty
 * group as "unordered", and a message of the wrong type is only told apart by a TypeError.
 * @throws MessageRefusedError
 * @throws DelayOutOfRangeError
 * @throws ConfigurationError when the topic is not one of those that this producer listed
 */
export function checkOutgoing(
  message: OutgoingMessage,
  half: boolean,
  topics: ReadonlyMap<string, TopicDescription>,
): void {
  const what = `the message for topic "${message.topic}"`;
  const topic = topics.get(message.topic);
  if (!topic) {
    throw new ConfigurationError(
      'MQ_TOPIC_NOT_LISTED',
      `This producer does not publish to "${message.topic}". List it in "publishes".`,
    );
  }
  // A string is what the type forbids and JavaScript callers send.
  const body: unknown = message.body;
  if (!Buffer.isBuffer(body)) {
    throw new MessageRefusedError('MQ_BODY', `The body for "${message.topic}" is no Buffer. Encode it first.`);
  }
  if (body.byteLength === 0) throw refusal(Code.MESSAGE_BODY_EMPTY, what, 'flow');
  if (body.byteLength > MAX_BROKER_BODY_BYTES) throw refusal(Code.MESSAGE_BODY_TOO_LARGE, what, 'flow');
  if (message.messageGroup !== undefined) {
    const bytes = Buffer.byteLength(message.messageGroup);
    if (bytes < 1 || bytes > MAX_GROUP_BYTES) throw refusal(Code.ILLEGAL_MESSAGE_GROUP, what, 'flow');
  }
  if (message.deliverAt) checkDelay(message.deliverAt);
  const type = typeOf(message, half);
  if (!type || !topic.types.has(type)) throw refusal(Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE, what, 'flow');
}

function checkDelay(deliverAt: Date): void {
  const delayMs = deliverAt.getTime() - Date.now();
  // The comparison is false for an invalid date.
  if (!(delayMs >= -LATE_AT_MOST_MS && delayMs <= MAX_DELAY_MS)) throw new DelayOutOfRangeError(delayMs);
}

/** The types exclude one another: undefined for a message that wants two of them. */
function typeOf(message: OutgoingMessage, half: boolean): TopicType | undefined {
  const { messageGroup, deliverAt } = message;
  const wanted: TopicType[] = [];
  if (half) wanted.push('TRANSACTION');
  if (messageGroup !== undefined) wanted.push('FIFO');
  if (deliverAt) wanted.push('DELAY');
  return wanted.length > 1 ? undefined : (wanted[0] ?? 'NORMAL');
}
