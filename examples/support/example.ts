import type { Connection, Delivery, Log } from '@halfway/mq';
import type { Pool } from 'pg';
import type { Service, ServiceOptions } from './service.js';

/** One lesson: a small program that runs against the real broker, tells what happens, and compares it with what should. */
export interface Example {
  readonly name: string;
  /** One line for the list. */
  readonly title: string;
  readonly run: (show: Show) => Promise<void>;
}

export const example = (name: string, title: string, run: Example['run']): Example => ({ name, title, run });

/** What an example is given. */
export interface Show {
  /** The first half of `connect({ ...here, … })`: the broker, a source that no other run has, and a log that keeps warnings. */
  readonly here: { readonly connection: Connection; readonly source: string; readonly log: Log };
  /** The name server and the broker behind the endpoint; unknown when they are somebody else's. */
  readonly place: Place | undefined;
  /** One line, in plain words, with the time since the beginning. */
  readonly say: (text: string) => void;
  /** Compares what was seen with what should be, and says so. The first difference does not stop the example. */
  readonly expect: <T>(what: string, seen: T, expected: T) => void;
  /** As `expect`, for what is not one value: in words. */
  readonly expectThat: (what: string, holds: boolean, seen: unknown) => void;
  /** Ends the example here, because this machine lacks something that it needs. */
  readonly skip: (reason: string) => never;
  /** Waits until `ready` is true; after `withinMs` (default 20000) the example fails and says what it waited for. */
  readonly until: (what: string, ready: () => boolean | Promise<boolean>, withinMs?: number) => Promise<void>;
  /** Closed at the end of the example, however that comes; the last one first. */
  readonly closing: <T extends Closable>(thing: T) => T;
  /** Leaves out what an earlier run, perhaps an interrupted one, left in the topic. */
  readonly ours: <M>(
    receive: (message: M, delivery: Delivery) => void | Promise<void>,
  ) => (message: M, delivery: Delivery) => void | Promise<void>;
  /** A service as NestJS starts it: `MqModule`, these providers, a PostgreSQL database of its own. */
  readonly service: (options: ServiceOptions) => Promise<Service>;
  /** A new database with schema `mq`, and these statements run in it. */
  readonly database: (...setup: readonly string[]) => Promise<Pool>;
}

export interface Place {
  readonly nameServer: string;
  readonly broker: string;
  readonly nameServerPort: number;
}

export type Closable = { readonly close: () => Promise<unknown> } | { readonly stop: () => Promise<unknown> };
