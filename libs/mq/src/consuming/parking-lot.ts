import type { Pool, QueryResultRow } from 'pg';
import { MAX_BODY_BYTES } from '../envelope.js';
import type { Statement } from '../local-transaction.js';
import type { IncomingMessage } from '../rocketmq/wire.js';
import { codeOf, describe } from './failure.js';
import { printable, type Addressed } from './held.js';

/** A parked message as its table keeps it. */
export interface ParkedRow {
  readonly id: string;
  readonly message_key: string;
  readonly topic: string;
  readonly event_id: string;
  readonly event_type: string | null;
  readonly message_id: string;
  readonly message_group: string | null;
  readonly tag: string | null;
  readonly keys: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly corrupted: boolean;
  readonly deliveries: number;
  readonly born_at: Date | null;
  readonly attempts: number;
}

const MESSAGE_COLUMNS = `consumer_group, message_key, state, topic, event_id, event_type, message_id, message_group, tag, keys,
  properties, body, body_bytes, corrupted, deliveries, born_at, code, reason, settled_at`;
const ROW = `id, message_key, topic, event_id, event_type, message_id, message_group, tag, keys, properties, body, corrupted,
  deliveries, born_at, attempts`;
const MS = `interval '1 millisecond'`;

const PARKED_KEYS: Statement = {
  name: 'mq_parked_keys',
  text: `select message_key from mq.parked_key where consumer_group = $1 and message_key = any($2)`,
};
// The upsert comes first and locks the key's row, so the worker that empties the key sees the message or leaves the row.
// Behind others ($20 null) the back-off of the key stays as it is.
const PARK: Statement = {
  name: 'mq_park',
  text: `with key as (
      insert into mq.parked_key as k (consumer_group, message_key, next_attempt_at)
      values ($1, $2, clock_timestamp() + $19 * ${MS})
      on conflict (consumer_group, message_key) do update set next_attempt_at = k.next_attempt_at
      returning consumer_group)
    insert into mq.parked_message (${MESSAGE_COLUMNS})
    select key.consumer_group, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, null from key
    on conflict (consumer_group, topic, event_id) where state in ('PARKED','QUARANTINED') do nothing`,
};
const QUARANTINE: Statement = {
  name: 'mq_quarantine',
  text: `insert into mq.parked_message (${MESSAGE_COLUMNS})
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, clock_timestamp())
    on conflict (consumer_group, topic, event_id) where state in ('PARKED','QUARANTINED') do nothing`,
};
// A claim is a time, not a lock held over the handler: a worker that dies is replaced when it ends, and a message that kills
// its worker uses up its attempts like any other.
const CLAIM: Statement = {
  name: 'mq_claim_parked',
  text: `with due as (
      select message_key from mq.parked_key
      where consumer_group = $1 and next_attempt_at <= clock_timestamp()
      order by next_attempt_at limit $2 for update skip locked)
    update mq.parked_key k set next_attempt_at = clock_timestamp() + $3 * ${MS}
    from due where k.consumer_group = $1 and k.message_key = due.message_key
    returning k.message_key`,
};
const HEAD: Statement = {
  name: 'mq_parked_head',
  text: `with key as (
      update mq.parked_key set next_attempt_at = clock_timestamp() + $3 * ${MS}
      where consumer_group = $1 and message_key = $2
      returning consumer_group),
    head as (
      select m.id from mq.parked_message m, key
      where m.consumer_group = key.consumer_group and m.message_key = $2 and m.state = 'PARKED' order by m.id limit 1)
    update mq.parked_message m set attempts = m.attempts + 1 from head where m.id = head.id
    returning ${ROW.replaceAll(/\b(\w+)\b/g, 'm.$1')}`,
};
const LOCK_KEY: Statement = {
  name: 'mq_lock_parked_key',
  text: `select from mq.parked_key where consumer_group = $1 and message_key = $2 for update`,
};
const DROP_EMPTY_KEY: Statement = {
  name: 'mq_drop_parked_key',
  text: `delete from mq.parked_key where consumer_group = $1 and message_key = $2 and not exists (
      select from mq.parked_message where consumer_group = $1 and message_key = $2 and state = 'PARKED')`,
};
const DONE: Statement = { name: 'mq_unpark', text: `delete from mq.parked_message where id = $1 and state = 'PARKED'` };
const LATER: Statement = {
  name: 'mq_parked_later',
  text: `with message as (
      update mq.parked_message set code = $4, reason = $5, attempts = attempts - $6 where id = $7)
    update mq.parked_key set next_attempt_at = clock_timestamp() + $3 * ${MS}
    where consumer_group = $1 and message_key = $2`,
};
const UNCLAIM: Statement = {
  name: 'mq_unclaim_parked',
  text: `update mq.parked_key set next_attempt_at = clock_timestamp() where consumer_group = $1 and message_key = $2`,
};
const GIVE_UP: Statement = {
  name: 'mq_parked_to_quarantine',
  text: `update mq.parked_message set state = 'QUARANTINED', code = $2, reason = $3, settled_at = clock_timestamp()
    where id = $1 and state = 'PARKED'`,
};
const COUNTS: Statement = {
  name: 'mq_parked_counts',
  text: `select
      (select count(*)::int from mq.parked_message where consumer_group = $1 and state = 'PARKED') as parked,
      (select count(*)::int from mq.parked_message where consumer_group = $1 and state = 'QUARANTINED') as quarantined`,
};

/**
 * The tables of parked and quarantined messages, for one consumer group. Every statement is safe to repeat when its answer
 * was lost. Errors are PostgreSQL's own.
 */
export class ParkingLot {
  constructor(
    private readonly pool: Pool,
    readonly group: string,
    /** Milliseconds after which a statement without an answer is an error, even on a connection that hangs. */
    private readonly timeoutMs: number,
  ) {}

  /** Which of these keys are parked, seen from any process. */
  async parkedAmong(keys: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#ask<{ message_key: string }>(PARKED_KEYS, [this.group, keys]);
    return new Set(rows.map((row) => row.message_key));
  }

  /** Stores a message as the last of its key. `why` is absent for one that only queues behind. */
  async park(
    key: string,
    message: IncomingMessage,
    addressed: Addressed,
    afterMs: number,
    why?: unknown,
  ): Promise<void> {
    await this.#ask(PARK, [...this.#columns(key, 'PARKED', message, addressed, why), afterMs]);
  }

  /** Stores a message that no retry can fix. */
  async quarantine(key: string, message: IncomingMessage, addressed: Addressed, why: unknown): Promise<void> {
    await this.#ask(QUARANTINE, this.#columns(key, 'QUARANTINED', message, addressed, why));
  }

  /** Takes keys that are due, for `claimMs`; no other worker gets them meanwhile. */
  async claim(upTo: number, claimMs: number): Promise<readonly string[]> {
    const rows = await this.#ask<{ message_key: string }>(CLAIM, [this.group, upTo, claimMs]);
    return rows.map((row) => row.message_key);
  }

  /** The first message of a claimed key, this attempt counted, and the claim renewed; undefined when there is none left. */
  async head(key: string, claimMs: number): Promise<ParkedRow | undefined> {
    const [row] = await this.#ask<ParkedRow>(HEAD, [this.group, key, claimMs]);
    return row;
  }

  /** Ends a claim early: the key is due for anyone. */
  async unclaim(key: string): Promise<void> {
    await this.#ask(UNCLAIM, [this.group, key]);
  }

  /** The message was handled and answered. */
  async done(id: string): Promise<void> {
    await this.#ask(DONE, [id]);
  }

  /** Not this time. `counts` false gives the attempt back: the failure was not the message's. */
  async later(row: ParkedRow, afterMs: number, why: unknown, counts: boolean): Promise<void> {
    const { id, message_key: key } = row;
    await this.#ask(LATER, [this.group, key, afterMs, codeOf(why), describe(why), counts ? 0 : 1, id]);
  }

  /** Into quarantine; the later messages of its key go on. */
  async giveUp(id: string, why: unknown): Promise<void> {
    await this.#ask(GIVE_UP, [id, codeOf(why), describe(why)]);
  }

  /** The key is no longer parked, unless a message came meanwhile: two statements, because the second needs a new snapshot. */
  async dropKeyIfEmpty(key: string): Promise<void> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      for (const statement of [LOCK_KEY, DROP_EMPTY_KEY]) {
        await client.query({ ...statement, values: [this.group, key], ...this.#limit() });
      }
      await client.query('commit');
    } catch (error) {
      // The connection's state is unknown: closing it ends the transaction.
      broken = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async counts(): Promise<{ readonly parked: number; readonly quarantined: number }> {
    const [row] = await this.#ask<{ parked: number; quarantined: number }>(COUNTS, [this.group]);
    return row ?? { parked: 0, quarantined: 0 };
  }

  /** Whether the database answers at all: tells a sick message from a sick database. */
  async isReachable(): Promise<boolean> {
    try {
      await this.#ask({ name: 'mq_ping', text: 'select 1' }, []);
      return true;
    } catch {
      // Whatever the reason, the answer is no.
      return false;
    }
  }

  #columns(key: string, state: string, message: IncomingMessage, addressed: Addressed, why: unknown): unknown[] {
    const attributes = addressed.opened?.envelope.attributes;
    const properties = Object.entries(message.properties).map(([name, value]) => [printable(name), printable(value)]);
    return [
      this.group,
      key,
      state,
      message.topic,
      printable(attributes?.id ?? `message:${message.messageId}`).slice(0, 200),
      attributes ? attributes.type : null,
      printable(message.messageId),
      message.messageGroup === undefined ? null : printable(message.messageGroup),
      message.tag === undefined ? null : printable(message.tag),
      JSON.stringify(message.keys.map(printable)),
      JSON.stringify(Object.fromEntries(properties)),
      message.body.subarray(0, MAX_BODY_BYTES),
      message.body.byteLength,
      message.corrupted,
      message.attempt,
      message.bornAt ?? null,
      why === undefined ? null : codeOf(why),
      why === undefined ? null : describe(why),
    ];
  }

  async #ask<R extends QueryResultRow>(statement: Statement, values: readonly unknown[]): Promise<readonly R[]> {
    const { rows } = await this.pool.query<R>({ ...statement, values: [...values], ...this.#limit() });
    return rows;
  }

  // pg honours this per query; its types know it only for the client.
  #limit(): object {
    return { query_timeout: this.timeoutMs };
  }
}

/** What the broker delivered, from its row. */
export function incomingOf(row: ParkedRow): IncomingMessage {
  return {
    topic: row.topic,
    body: row.body,
    keys: row.keys,
    properties: row.properties,
    messageId: row.message_id,
    attempt: row.deliveries + row.attempts,
    corrupted: row.corrupted,
    ...(row.tag === null ? {} : { tag: row.tag }),
    ...(row.message_group === null ? {} : { messageGroup: row.message_group }),
    ...(row.born_at === null ? {} : { bornAt: row.born_at }),
  };
}
