import type { MessageOptions, MessageView } from 'rocketmq-client-nodejs';
import type { IncomingMessage, OutgoingMessage } from './wire.js';

/** What arrived, without the client's types. A check-back has the same shape, without an offset and attempt of its own. */
export function toIncoming(view: MessageView): IncomingMessage {
  return {
    topic: view.topic,
    body: view.body,
    ...(view.tag ? { tag: view.tag } : {}),
    keys: view.keys,
    properties: Object.fromEntries(view.properties),
    ...(view.messageGroup ? { messageGroup: view.messageGroup } : {}),
    messageId: view.messageId,
    attempt: view.deliveryAttempt || 1,
    ...(view.bornTimestamp ? { bornAt: view.bornTimestamp } : {}),
    corrupted: view.corrupted === true,
  };
}

/** A fresh object for each send: the client writes into what it is given. */
export function toOptions(message: OutgoingMessage): MessageOptions {
  return {
    topic: message.topic,
    body: message.body,
    keys: [...message.keys],
    properties: new Map(Object.entries(message.properties)),
    ...(message.tag ? { tag: message.tag } : {}),
    ...(message.messageGroup === undefined ? {} : { messageGroup: message.messageGroup }),
    // Never the client's `delay`: 0 and NaN send at once there.
    ...(message.deliverAt ? { deliveryTimestamp: message.deliverAt } : {}),
  };
}
