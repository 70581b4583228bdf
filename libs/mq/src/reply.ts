import type { Fields } from './message.js';
import type { EventToken } from './topic.js';

/** An event that answers the message being handled; sent after the commit and before the acknowledgement. */
export interface Reply {
  readonly event: EventToken;
  readonly message: object;
}

/**
 * Replies are not recorded: a redelivery derives the same reply from the handler's recorded state.
 * Its id is derived from the inbound event's id and the reply's type, so a repeated reply is the same event.
 */
export function reply<M extends object>(event: EventToken<M, 'ordered' | 'plain'>, message: Fields<M>): Reply {
  return { event, message };
}
