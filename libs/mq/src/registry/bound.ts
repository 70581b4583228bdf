import type { BatchHandler, Binding, Handler, HandlerResult } from '../decorators.js';
import type { Delivery } from '../delivery.js';
import type { Filter } from '../filter.js';
import type { LocalTransaction } from '../local-transaction.js';
import type { EventToken } from '../topic.js';

/** A handler method of a provider, bound to its event and group. */
export interface Bound {
  readonly event: EventToken;
  readonly group: string;
  readonly filter?: Filter;
  /** `OrderPlacedHandler.reserve`, for people. */
  readonly handler: string;
  /** Present for `@OnBatch`; its identity is the batch rule of the lanes. */
  readonly batch?: { readonly upTo: number; readonly lingerMs: number };
  /** One result per message, in their order. */
  call(
    messages: readonly object[],
    tx: LocalTransaction,
    deliveries: readonly Delivery[],
  ): Promise<readonly HandlerResult[]>;
}

/** Binds a method to its provider, so that one shape serves `@On` (a list of one) and `@OnBatch`. */
export function bound(instance: object, binding: Binding): Bound {
  const { event, group, method, filter, batch } = binding;
  // The decorators admit methods of these two shapes only; reading one by its name forgets that.
  const handle = (instance as Record<string | symbol, Handler<object> | BatchHandler<object>>)[method];
  if (typeof handle !== 'function') throw new TypeError(`${String(method)} is no method.`);
  return {
    event,
    group,
    handler: `${instance.constructor.name}.${String(method)}`,
    ...(filter ? { filter } : {}),
    ...(batch ? { batch } : {}),
    call: async (messages, tx, deliveries) => {
      if (batch) {
        // By `batch` this is a BatchHandler.
        const results = await (handle as BatchHandler<object>).call(instance, messages, tx, deliveries);
        return results ?? messages.map(() => undefined);
      }
      const [message, ...more] = messages;
      const [delivery] = deliveries;
      if (!message || !delivery || more.length > 0) throw new TypeError('A single handler takes one message.');
      // Without `batch` this is a Handler.
      return [await (handle as Handler<object>).call(instance, message, tx, delivery)];
    },
  };
}
