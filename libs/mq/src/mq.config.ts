import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import type { Connection, Log } from './rocketmq/wire.js';
import type { Topic } from './topic.js';

/** Injection token of {@link MqOptions}. */
export const MQ_OPTIONS = Symbol('MQ_OPTIONS');

/** All in milliseconds. `checkTimings` refuses a combination that would break the protocol. */
export interface MqTimings {
  /** Half message and any other request to the broker. Default 3000. */
  readonly requestMs: number;
  /** PostgreSQL `statement_timeout` of local transactions. Default 3000. */
  readonly statementMs: number;
  /** PostgreSQL `lock_timeout` of local transactions. Default 1000. */
  readonly lockMs: number;
  /** PostgreSQL `idle_in_transaction_session_timeout` of local transactions. Default 5000. */
  readonly idleInTransactionMs: number;
  /** A check-back of a younger transaction without a row answers `unknown`; it only spares slow, living requests. Default 30000. */
  readonly fenceAfterMs: number;
  /** An event not acknowledged end to end is sent again after this, then doubling. Default 15000. */
  readonly resendAfterMs: number;
  /** Upper bound of that doubling. Default 300000. */
  readonly resendAtMostMs: number;
  /** How often the sweeper looks for due rows. Default 1000. */
  readonly sweepEveryMs: number;
  /** A consumer's hold on a message, renewed at half time; a killed consumer is replaced within it. Minimum and default 10000 (proxy answer 40011 below). */
  readonly leaseMs: number;
  /** How long a failing message is retried in its lane before it is parked. Default 2000. */
  readonly retryInLaneMs: number;
  /** First back-off of a parked key, doubling up to `parkedAtMostMs`. Default 1000. */
  readonly parkedAfterMs: number;
  /** Default 60000. */
  readonly parkedAtMostMs: number;
  /** Attempts of a parked message before it rests in quarantine. Default 20. */
  readonly parkedAttempts: number;
  /** How long a graceful stop waits for work under way. Default 15000. */
  readonly drainMs: number;
}

/**
 * Named places where a test may stop or kill the process; absent in production. `what` is what the place is reached with,
 * usually the type of an event; of a batch, the types that are in it.
 */
export type ReachedPoint = (point: string, what?: string | readonly string[]) => Promise<void> | void;

export interface MqOptions {
  /** CloudEvents `source` of what this service sends, e.g. `order`. */
  readonly source: string;
  readonly connection: Connection;
  /** Pool for local transactions, 8 to 10 connections. The library opens a small one of its own for check-backs. */
  readonly pool: Pool;
  /** Topics that this service sends to (each token's `topic`). Exactly one service lists a transactional topic. */
  readonly publishes: readonly { readonly topic: Topic }[];
  readonly timings?: Partial<MqTimings>;
  /** Half messages whose verdict is not sent yet, at most. Default 64: more have drowned a broker (docs/adr/0009-group-commit.md). */
  readonly maxHalvesInFlight?: number;
  /** Requests that may share one half message and one local transaction. Default 16; 1 switches group commit off. */
  readonly groupCommitUpTo?: number;
  /** Handlers at a time, per consumer group. Default 16. */
  readonly concurrency?: number;
  readonly log: Log;
  /** prom-client registry; default the global one. */
  readonly registry?: Registry;
  readonly reached?: ReachedPoint;
  /** Keeps a journal of every event's steps in table `mq.journal`, see `Journal`. Default false, and then it costs nothing. */
  readonly journal?: boolean;
}
