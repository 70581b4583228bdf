import type { CheckBackBinding, CheckBackMethod } from '../decorators.js';
import type { EventToken } from '../topic.js';
import type { AskedHalf } from './half.js';

/** A `@CheckBack` method of a provider, bound to its event. */
export interface BoundCheckBack {
  readonly event: EventToken;
  /** `StockReturns.didTheOrderSucceed`, for people. */
  readonly checkBack: string;
  /** May reject, and untyped code may answer anything. */
  ask(message: object, half: AskedHalf): Promise<unknown>;
}

export function boundCheckBack(instance: object, { event, method }: CheckBackBinding): BoundCheckBack {
  // The decorator admits methods of this shape only; reading one by its name forgets that.
  const answers = (instance as Record<string | symbol, CheckBackMethod<object>>)[method];
  if (typeof answers !== 'function') throw new TypeError(`${String(method)} is no method.`);
  return {
    event,
    checkBack: `${instance.constructor.name}.${String(method)}`,
    ask: async (message, half) => answers.call(instance, message, half),
  };
}
