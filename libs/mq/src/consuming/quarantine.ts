import type { Pool, QueryResultRow } from 'pg';
import { MqError } from '../mq.errors.js';

/** A message that no retry could fix, or that used up its attempts. */
export interface QuarantinedMessage {
  readonly id: string;
  readonly group: string;
  readonly key: string;
  readonly topic: string;
  /** `message:…` when the message could not be read that far. */
  readonly eventId: string;
  readonly type: string | null;
  /** Why: the stable code of the last error, and its text. */
  readonly code: string;
  readonly reason: string;
  /** Attempts after it was parked; 0 when it never was. */
  readonly attempts: number;
  readonly receivedAt: Date;
  readonly quarantinedAt: Date;
  readonly properties: Readonly<Record<string, string>>;
  /** At most 256 KiB of it. */
  readonly body: Buffer;
  /** Bytes of the body as it was received. */
  readonly bodyBytes: number;
}

export interface QuarantineFilter {
  readonly group?: string;
  readonly key?: string;
  /** 1 to 500, default 100. */
  readonly limit?: number;
  /** The id after which to go on. */
  readonly after?: string;
}

/** What was asked of the quarantine cannot be done; nothing was changed. */
export class QuarantineError extends MqError {}

const COLUMNS = `id, consumer_group as "group", message_key as key, topic, event_id as "eventId", event_type as type,
  code, reason, attempts, parked_at as "receivedAt", settled_at as "quarantinedAt", properties, body, body_bytes as "bodyBytes"`;
const LIST = {
  name: 'mq_quarantine_list',
  text: `select ${COLUMNS} from mq.parked_message
    where state = 'QUARANTINED' and ($1::text is null or consumer_group = $1) and ($2::text is null or message_key = $2)
      and id > $3::bigint
    order by id limit $4`,
};
// The key's row first, as everywhere: see consuming/schema.ts.
const REPLAY = {
  name: 'mq_quarantine_replay',
  text: `with message as (
      select id, consumer_group, message_key from mq.parked_message
      where id = $1 and state = 'QUARANTINED' and octet_length(body) = body_bytes),
    key as (
      insert into mq.parked_key as k (consumer_group, message_key, next_attempt_at)
      select consumer_group, message_key, clock_timestamp() from message
      on conflict (consumer_group, message_key) do update set next_attempt_at = least(k.next_attempt_at, excluded.next_attempt_at)
      returning consumer_group)
    update mq.parked_message m set state = 'PARKED', attempts = 0, settled_at = null
    from message, key where m.id = message.id and m.state = 'QUARANTINED' returning m.id`,
};
const DISCARD = {
  name: 'mq_quarantine_discard',
  text: `update mq.parked_message set state = 'DISCARDED', discard_reason = $2, settled_at = clock_timestamp()
    where id = $1 and state = 'QUARANTINED' returning id`,
};

/** What waits for people: to be looked at, and then replayed or discarded. Nothing leaves it by itself. */
export class Quarantine {
  constructor(
    private readonly pool: Pool,
    private readonly timeoutMs: number,
  ) {}

  /** Oldest first. */
  async list({ group, key, limit = 100, after = '0' }: QuarantineFilter = {}): Promise<readonly QuarantinedMessage[]> {
    const atMost = Math.max(1, Math.min(500, limit));
    return this.#ask<QuarantinedMessage & QueryResultRow>(LIST, [group ?? null, key ?? null, idOf(after), atMost]);
  }

  /**
   * Handles it again with fresh attempts, within about a second, ahead of what is parked of its key and after what passed it meanwhile.
   * @throws QuarantineError when no such message is in quarantine, or its body was too large to be stored whole.
   */
  async replay(id: string): Promise<void> {
    const done = await this.#ask(REPLAY, [idOf(id)]);
    if (done.length === 0) throw notThere(id);
  }

  /**
   * Closes the case; the row stays, with the reason, for whoever asks later.
   * @throws QuarantineError when no such message is in quarantine, or the reason is empty.
   */
  async discard(id: string, reason: string): Promise<void> {
    if (!reason.trim()) {
      throw new QuarantineError(
        'MQ_QUARANTINE_REASON',
        'A message is not discarded without a reason. Say why, for the next one who asks.',
      );
    }
    const done = await this.#ask(DISCARD, [idOf(id), reason.replaceAll('\u0000', '').slice(0, 1000)]);
    if (done.length === 0) throw notThere(id);
  }

  async #ask<R extends QueryResultRow>(
    statement: { readonly name: string; readonly text: string },
    values: unknown[],
  ): Promise<readonly R[]> {
    // pg honours query_timeout per query; its types know it only for the client.
    const limits: object = { query_timeout: this.timeoutMs };
    return (await this.pool.query<R>({ ...statement, values, ...limits })).rows;
  }
}

function idOf(id: string): string {
  if (!/^\d{1,18}$/.test(id)) throw notThere(id);
  return id;
}

function notThere(id: string): QuarantineError {
  return new QuarantineError(
    'MQ_NOT_IN_QUARANTINE',
    `No whole message with id "${id.slice(0, 40)}" is in quarantine. Look it up with list(); one that was cut to 256 KiB must be sent again by its sender.`,
  );
}
