import { UnprocessableMessageError } from '../mq.errors.js';
import type { Envelope } from '../envelope.js';
import type { IncomingMessage, OutgoingMessage } from '../rocketmq/wire.js';
import { timeOfId } from './event.js';

/**
 * The half message. It is small on purpose: it says *that* a transaction happened, the log says *what*. So a copy that was
 * committed wrongly, forged, or delivered for the 37th time can do no harm. Event type and key are for whoever looks at the
 * broker; nothing reads them.
 */
const VERSION = 1;

/** @param event the only event of the transaction, if it has one. */
export function carrierOf(carrierTopic: string, transactionId: string, event?: Envelope): OutgoingMessage {
  const key = event?.attributes.subject;
  return {
    topic: carrierTopic,
    body: Buffer.from(JSON.stringify({ version: VERSION, transactionId })),
    keys: key === undefined || key === transactionId ? [transactionId] : [transactionId, key],
    properties: {},
    ...(event ? { tag: event.attributes.type } : {}),
  };
}

/** @throws UnprocessableMessageError for anything that this version did not write. */
export function transactionIdOf(carrier: IncomingMessage): string {
  const unreadable = (why: string, cause?: unknown): never => {
    throw new UnprocessableMessageError(`Carrier message ${carrier.messageId} ${why}.`, { cause });
  };
  if (carrier.corrupted) return unreadable('is corrupted');
  let body: unknown;
  try {
    body = JSON.parse(carrier.body.toString());
  } catch (cause) {
    return unreadable('is no JSON', cause);
  }
  if (typeof body !== 'object' || body === null || !('version' in body) || body.version !== VERSION) {
    return unreadable('has an unknown version');
  }
  if (
    !('transactionId' in body) ||
    typeof body.transactionId !== 'string' ||
    timeOfId(body.transactionId) === undefined
  ) {
    return unreadable('names no transaction');
  }
  return body.transactionId;
}
