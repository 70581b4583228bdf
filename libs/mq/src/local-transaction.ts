import type { Delivery } from './delivery.js';
import type { Fields } from './message.js';
import type { EventToken } from './topic.js';

/** A statement that PostgreSQL plans once per connection: the name must be unique for its text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export interface Rows<R> {
  readonly rows: R[];
  readonly rowCount: number;
}

/**
 * One local PostgreSQL transaction, READ COMMITTED. It is passed, never ambient: whoever has a `tx` writes inside it.
 * The library opens it, commits it, and sends afterwards what was published in it.
 */
export interface LocalTransaction {
  query<R = Record<string, unknown>>(statement: Statement | string, values?: readonly unknown[]): Promise<Rows<R>>;

  /**
   * Records an event in the transaction log; it is sent after the commit, and again by the sweeper until its reply has
   * been applied here. For places without an HTTP caller (handlers, jobs): there no half message is needed.
   * @returns the id of the event.
   * @throws InvalidMessageError
   */
  publish<M extends object>(event: EventToken<M, 'transactional'>, message: Fields<M>): Promise<string>;

  /**
   * True the first time this delivery's event is handled in its consumer group, false for every redelivery: an inbox row
   * in this transaction. For effects that have no natural key of their own.
   */
  firstTime(delivery: Delivery): Promise<boolean>;
}
