/**
 * A message class: a plain class with class-validator decorators, whose `type` and `version` travel with every message.
 * `type` is written out (CloudEvents `type`, e.g. `order.placed`), so renaming the class changes nothing on the wire.
 */
export interface MessageClass<M extends object = object> {
  new (): M;
  readonly type: string;
  readonly version: number;
}

/** Marks the instance type with its wire type, so that two messages of the same shape are still different types. */
declare const wireType: unique symbol;

/**
 * Base of a message class: `class OrderPlaced extends message('order.placed') { … }`.
 * @param type CloudEvents `type`: lower case words joined by dots, past tense.
 * @param version schema version, default 1. Raise it when a reader of the old version could misread the new one.
 */
export function message<const T extends string>(type: T, version = 1) {
  abstract class Message {
    static readonly type: T = type;
    static readonly version: number = version;
    declare readonly [wireType]?: T;
  }
  return Message as unknown as {
    new (): Message;
    readonly type: T;
    readonly version: number;
  };
}

/** What a sender writes: the fields of `M`, without having to call its constructor. */
export type Fields<M> = { readonly [K in keyof M as K extends string ? K : never]: M[K] };
