import 'reflect-metadata';
import type { Delivery } from './delivery.js';
import type { Filter } from './filter.js';
import type { AskedHalf } from './half/half.js';
import type { LocalTransaction } from './local-transaction.js';
import type { Reply } from './reply.js';
import type { Verdict } from './rocketmq/wire.js';
import type { EventToken } from './topic.js';

/** Nothing, one reply, or several. */
export type HandlerResult = Reply | readonly Reply[] | void;

/** return = acknowledge · throw = retry, then park, then quarantine · UnprocessableMessageError = quarantine now. */
export type Handler<M extends object> = (
  message: M,
  tx: LocalTransaction,
  delivery: Delivery,
) => HandlerResult | Promise<HandlerResult>;

/** Gets messages of *different* keys in one local transaction; answers one result per message, in their order. */
export type BatchHandler<M extends object> = (
  messages: readonly M[],
  tx: LocalTransaction,
  deliveries: readonly Delivery[],
) => readonly HandlerResult[] | void | Promise<readonly HandlerResult[] | void>;

/**
 * Finds the verdict of a half message that the broker heard nothing about. `unknown` while it cannot be told: the broker asks
 * again. So does whatever goes wrong: a throw, an answer after 3 s, anything that is no verdict.
 */
export type CheckBackMethod<M extends object> = (message: M, half: AskedHalf) => Verdict | Promise<Verdict>;

export interface OnOptions {
  /** Consumer group, written out: renaming a class must not rename it. Usually the service's name. */
  readonly group: string;
  /**
   * What the broker hands over of this topic, default everything: `tag('order.placed')`, `sql('amount > 100')`. The same for all
   * handlers of the topic in this group. An event whose type a tag filter leaves out needs no handler.
   */
  readonly filter?: Filter;
}

export interface OnBatchOptions extends OnOptions {
  /** Messages in one transaction, 1 to 200. Default 50. */
  readonly upTo?: number;
  /**
   * Milliseconds to wait for more, default 0: a batch is what queued up while the one before was under way, so a quiet
   * system pays no delay.
   */
  readonly lingerMs?: number;
}

export interface Binding {
  readonly event: EventToken;
  readonly group: string;
  readonly method: string | symbol;
  readonly filter?: Filter;
  readonly batch?: { readonly upTo: number; readonly lingerMs: number };
}

export interface CheckBackBinding {
  readonly event: EventToken;
  readonly method: string | symbol;
}

const BINDINGS = Symbol('halfway:bindings');
const CHECK_BACKS = Symbol('halfway:check-backs');

/** Fits only methods of type `F`: a handler for another message does not compile. */
type DecoratorOf<F> = <G extends F>(
  prototype: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<G>,
) => void;

/** Binds a method of any provider to an event: `@On(orderEvents.placed, { group: 'inventory' })`. */
export function On<M extends object>(event: EventToken<M>, options: OnOptions): DecoratorOf<Handler<M>> {
  const { group, filter } = options;
  return (prototype, method) =>
    bind(prototype, { event: event as unknown as EventToken, group, method, ...(filter ? { filter } : {}) });
}

/** As `@On`, for several messages of different keys in one local transaction; when it fails, each is tried alone. */
export function OnBatch<M extends object>(event: EventToken<M>, options: OnBatchOptions): DecoratorOf<BatchHandler<M>> {
  const { group, filter, upTo = 50, lingerMs = 0 } = options;
  const batch = { upTo, lingerMs };
  return (prototype, method) =>
    bind(prototype, { event: event as unknown as EventToken, group, method, batch, ...(filter ? { filter } : {}) });
}

/**
 * Makes a method of any provider answer the broker's check-backs: `@CheckBack(stockReturns.due)`. It must give the same answer in
 * every process and after every restart, so it reads what is stored; and "not found" is no answer while the work may still be
 * running, see `LocalTransactions.decisionOf`.
 */
export function CheckBack<M extends object>(event: EventToken<M, 'half'>): DecoratorOf<CheckBackMethod<M>> {
  return (prototype, method) => add(CHECK_BACKS, prototype, { event: event as unknown as EventToken, method });
}

function bind(prototype: object, binding: Binding): void {
  add(BINDINGS, prototype, binding);
}

function add<T>(key: symbol, prototype: object, entry: T): void {
  const own = (Reflect.getOwnMetadata(key, prototype) ?? []) as readonly T[];
  Reflect.defineMetadata(key, [...own, entry], prototype);
}

/** The bindings of a provider's class, inherited ones included. */
export function bindingsOf(instance: object): readonly Binding[] {
  return entriesOf<Binding>(BINDINGS, instance);
}

/** The check-backs of a provider's class, inherited ones included. */
export function checkBacksOf(instance: object): readonly CheckBackBinding[] {
  return entriesOf<CheckBackBinding>(CHECK_BACKS, instance);
}

function entriesOf<T>(key: symbol, instance: object): readonly T[] {
  const found: T[] = [];
  for (
    let p: object | null = Object.getPrototypeOf(instance);
    p && p !== Object.prototype;
    p = Object.getPrototypeOf(p)
  ) {
    found.push(...((Reflect.getOwnMetadata(key, p) ?? []) as readonly T[]));
  }
  return found;
}
