import { validate } from 'uuid';
import type { Rows, Statement } from '../local-transaction.js';
import { TransactionFencedError } from '../mq.errors.js';
import { headersOf, type DecidedBy, type Headers, type RecordedEvent } from './event.js';
import { isServerError } from './pg-transaction.js';

/** Whatever runs a statement: a transaction, a pool, a connection. */
export interface Runs {
  query<R>(statement: Statement, values: readonly unknown[]): Promise<Rows<R>>;
}

/** What the log says about a transaction at one instant. */
export interface Decision {
  readonly decision: 'COMMITTED' | 'ABORTED' | null;
  /** Some event of it is not acknowledged end to end. */
  readonly open: boolean;
  /** PostgreSQL's clock, milliseconds since 1970. */
  readonly nowMs: number;
}

const MS = `interval '1 millisecond'`;

// The decision row comes first in its transaction: it takes the key early, so that a check-back finds it locked.
const COMMIT_WITH_EVENT: Statement = {
  name: 'mq_commit_with_event',
  text: `insert into mq.transaction_log
      (id, transaction_id, decision, decided_by, event_type, topic, message_key, body, headers, next_attempt_at)
    values ($1, $2, 'COMMITTED', 'local', $3, $4, $5, $6, $7, clock_timestamp() + $8::int * ${MS})`,
};
const COMMIT_ALONE: Statement = {
  name: 'mq_commit_alone',
  text: `insert into mq.transaction_log (id, transaction_id, decision, decided_by) values ($1, $1, 'COMMITTED', 'local')`,
};
const ADD_EVENTS: Statement = {
  name: 'mq_add_events',
  text: `insert into mq.transaction_log
      (id, transaction_id, decision, decided_by, event_type, topic, message_key, body, headers, next_attempt_at)
    select id, $1, 'COMMITTED', 'local', type, topic, key, body::jsonb, headers::jsonb, clock_timestamp() + $8::int * ${MS}
    from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
      as event (id, type, topic, key, body, headers)`,
};
const READ_DECISION: Statement = {
  name: 'mq_read_decision',
  text: `select (select decision from mq.transaction_log where id = $1) as decision,
      exists (select from mq.transaction_log
        where transaction_id = $1 and decision = 'COMMITTED' and body is not null and acknowledged_at is null) as open,
      (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"`,
};
const TOMBSTONE: Statement = {
  name: 'mq_tombstone',
  text: `insert into mq.transaction_log (id, transaction_id, decision, decided_by) values ($1, $1, 'ABORTED', $2)
    on conflict (id) do nothing`,
};
const EVENT = `id, transaction_id, topic, event_type, message_key, body::text as data, headers, attempts`;
// With what is still open of the same keys from earlier transactions: their carriers may be later than this one, and events
// of a key leave in the order of their ids. What another process has sent already is sent once more, rarely and harmlessly.
const UNACKNOWLEDGED: Statement = {
  name: 'mq_unacknowledged',
  text: `with mine as (select id, topic, message_key from mq.transaction_log
      where transaction_id = any($1::uuid[]) and decision = 'COMMITTED' and body is not null and acknowledged_at is null)
    select ${EVENT} from mq.transaction_log where id in (
      select log.id from mine join mq.transaction_log log
        on log.message_key = mine.message_key and log.topic = mine.topic and log.id <= mine.id
      where log.body is not null and log.acknowledged_at is null)
    order by id`,
};
/**
 * Events that are not retired, locked in the order of their ids. An UPDATE alone locks as it finds them, which is by id or by
 * place, as the plan has it: two transactions that retire the same events then wait for each other.
 */
function openInOrder(): string {
  return `select id from mq.transaction_log
    where id = any($1::uuid[]) and acknowledged_at is null and body is not null order by id for no key update`;
}

// A claim, not a lock: the rows are free again at once, so that an acknowledgement never waits for a send. The delay is
// between resendAfter and its doubling, at random, so that what failed together does not come back together.
const CLAIM_DUE: Statement = {
  name: 'mq_claim_due',
  text: `with due as (
      select id from mq.transaction_log where next_attempt_at <= clock_timestamp()
      order by next_attempt_at limit $1 for update skip locked)
    update mq.transaction_log log set attempts = log.attempts + 1, next_attempt_at = clock_timestamp()
      + ($2::float8 + random() * (least($3::float8, $2::float8 * 2 ^ least(log.attempts + 1, 30)) - $2::float8)) * ${MS}
    from due where log.id = due.id
    returning ${EVENT.replace(/\b(id|transaction_id|topic|event_type|message_key|body|headers|attempts)\b/g, 'log.$1')}`,
};
// Gives an attempt back that never was one, e.g. because no broker could be reached.
const UNCLAIM: Statement = {
  name: 'mq_unclaim',
  text: `with mine as (${openInOrder()})
    update mq.transaction_log log
    set attempts = greatest(log.attempts - 1, 0), next_attempt_at = clock_timestamp() + $2::int * ${MS}
    from mine where log.id = mine.id`,
};
const ACKNOWLEDGE: Statement = {
  name: 'mq_acknowledge',
  text: `with mine as (${openInOrder()})
    update mq.transaction_log log set acknowledged_at = clock_timestamp(), next_attempt_at = null
    from mine where log.id = mine.id`,
};
const FIRST_TIME: Statement = {
  name: 'mq_first_time',
  text: `insert into mq.inbox (consumer_group, event_id) values ($1, $2) on conflict do nothing`,
};
const OUTSTANDING: Statement = {
  name: 'mq_outstanding',
  text: `select count(*)::int as count,
      coalesce(extract(epoch from clock_timestamp() - min(decided_at)), 0)::float8 as "oldestSeconds"
    from mq.transaction_log where next_attempt_at is not null`,
};

interface EventRow {
  readonly id: string;
  readonly transaction_id: string;
  readonly topic: string;
  readonly event_type: string;
  readonly message_key: string;
  readonly data: string;
  readonly headers: Headers;
  readonly attempts: number;
}

export interface DueEvent extends RecordedEvent {
  /** This one included. */
  readonly attempts: number;
}

/** A transaction's decision together with an event of it. For the decision the event's id is the transaction's id. */
export async function recordEvent(runs: Runs, event: RecordedEvent, dueAfterMs: number): Promise<void> {
  const { transactionId, topic, envelope } = event;
  const { id, type, subject } = envelope.attributes;
  const headers = JSON.stringify(headersOf(envelope));
  await runs.query(COMMIT_WITH_EVENT, [id, transactionId, type, topic, subject, envelope.data, headers, dueAfterMs]);
}

/** The decision of a group, whose events follow. */
export async function recordDecision(runs: Runs, transactionId: string): Promise<void> {
  await runs.query(COMMIT_ALONE, [transactionId]);
}

export async function recordEvents(
  runs: Runs,
  transactionId: string,
  events: readonly RecordedEvent[],
  dueAfterMs: number,
): Promise<void> {
  await runs.query(ADD_EVENTS, [
    transactionId,
    events.map(({ envelope }) => envelope.attributes.id),
    events.map(({ envelope }) => envelope.attributes.type),
    events.map(({ topic }) => topic),
    events.map(({ envelope }) => envelope.attributes.subject),
    events.map(({ envelope }) => envelope.data),
    events.map(({ envelope }) => JSON.stringify(headersOf(envelope))),
    dueAfterMs,
  ]);
}

/** The primary key was taken: a check-back took this transaction for dead. */
export function fencedOr(error: unknown, transactionId: string): unknown {
  return isServerError(error) && error.code === '23505' && error.constraint === 'transaction_log_pkey'
    ? new TransactionFencedError(transactionId, error)
    : error;
}

export async function readDecision(runs: Runs, transactionId: string): Promise<Decision> {
  const { rows } = await runs.query<Decision>(READ_DECISION, [transactionId]);
  const [row] = rows;
  if (!row) throw new Error('A select without a from clause gave no row.');
  return row;
}

/** @returns false when the transaction already has a decision. Waits for a running transaction up to `lock_timeout`. */
export async function layTombstone(runs: Runs, transactionId: string, decidedBy: DecidedBy): Promise<boolean> {
  return (await runs.query(TOMBSTONE, [transactionId, decidedBy])).rowCount === 1;
}

/**
 * Committed events of these transactions that are not acknowledged end to end, and earlier ones of the same keys, in order of
 * their ids.
 */
export async function unacknowledged(runs: Runs, transactionIds: readonly string[]): Promise<RecordedEvent[]> {
  return (await runs.query<EventRow>(UNACKNOWLEDGED, [transactionIds])).rows.map(toEvent);
}

/** Takes up to `limit` due events for one attempt each; no other sweeper gets them until they are due again. */
export async function claimDue(
  runs: Runs,
  limit: number,
  resend: { readonly afterMs: number; readonly atMostMs: number },
): Promise<DueEvent[]> {
  const { rows } = await runs.query<EventRow>(CLAIM_DUE, [limit, resend.afterMs, resend.atMostMs]);
  const due = rows.map((row) => ({ ...toEvent(row), attempts: row.attempts }));
  // `returning` knows no order. Ids are ordered by time, so that events of one key leave in the order they were recorded.
  return due.sort((a, b) => (a.envelope.attributes.id < b.envelope.attributes.id ? -1 : 1));
}

export async function unclaim(runs: Runs, eventIds: readonly string[], dueAfterMs: number): Promise<void> {
  await runs.query(UNCLAIM, [eventIds, dueAfterMs]);
}

/**
 * Retires events whose replies are applied in this very transaction: `eventIds` are the causation ids of what is handled.
 * Ids that are not ours are no error: whoever sends a message may claim to answer anything.
 * @returns how many were retired now.
 */
export async function acknowledge(runs: Runs, eventIds: readonly string[]): Promise<number> {
  const ours = [...new Set(eventIds)].filter((id) => validate(id));
  return ours.length === 0 ? 0 : (await runs.query(ACKNOWLEDGE, [ours])).rowCount;
}

export async function firstTime(runs: Runs, group: string, eventId: string): Promise<boolean> {
  return (await runs.query(FIRST_TIME, [group, eventId])).rowCount === 1;
}

/** Events not acknowledged end to end, and the age of the oldest in seconds. */
export async function outstanding(runs: Runs): Promise<{ readonly count: number; readonly oldestSeconds: number }> {
  const { rows } = await runs.query<{ count: number; oldestSeconds: number }>(OUTSTANDING, []);
  return rows[0] ?? { count: 0, oldestSeconds: 0 };
}

function toEvent(row: EventRow): RecordedEvent {
  return {
    transactionId: row.transaction_id,
    topic: row.topic,
    envelope: {
      attributes: {
        specversion: '1.0',
        id: row.id,
        type: row.event_type,
        subject: row.message_key,
        ...row.headers,
      },
      data: row.data,
    },
  };
}
