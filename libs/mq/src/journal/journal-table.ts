import type { Statement } from '../local-transaction.js';
import { timeOfId, type DecidedBy } from '../transaction/event.js';
import type { Runs } from '../transaction/transaction-log.js';

/** A line of the journal. */
export interface JournalRow {
  /** Milliseconds since 1970, with a fraction. */
  readonly at: number;
  /** The business key, or the transaction's id. */
  readonly subject: string;
  readonly step: string;
  readonly transactionId: string | null;
  readonly type: string | null;
  readonly messageId: string | null;
  readonly attempt: number | null;
  readonly detail: string | null;
}

export interface ToldRow extends JournalRow {
  readonly process: string;
}

/** What the transaction log knows of a transaction of the key: it outlives what a killed process had not written yet. */
export interface DecidedRow {
  readonly transactionId: string;
  readonly decision: 'COMMITTED' | 'ABORTED';
  readonly by: DecidedBy;
  readonly decidedAt: number;
  readonly type: string | null;
  readonly acknowledgedAt: number | null;
}

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

const WRITE: Statement = {
  name: 'mq_journal_write',
  text: `insert into mq.journal
      (half, process, at, subject, step, transaction_id, event_type, message_id, attempt, detail)
    select $1, $2, to_timestamp(at / 1000), subject, step, transaction_id, event_type, message_id, attempt, detail
    from unnest($3::float8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[], $10::text[])
      as line (at, subject, step, transaction_id, event_type, message_id, attempt, detail)`,
};
const TURN: Statement = { name: 'mq_journal_turn', text: 'select mq.turn_journal($1) as half' };
const COMPLETE_SINCE: Statement = {
  name: 'mq_journal_complete_since',
  text: `select ${ms('complete_since')} as since from mq.journal_turn`,
};
const LINE = `process, at, subject, step, transaction_id, event_type, message_id, attempt, detail`;
// A verdict or a check-back is about a transaction and knows no key; what links the two is a half message's line, or the log.
// union, not union all: a batch whose answer was lost is written twice, and within a process no two lines have one time.
const TOLD: Statement = {
  name: 'mq_journal_told',
  text: `with keyed as (select ${LINE} from mq.journal where subject = $1),
      own as (select transaction_id from keyed where transaction_id is not null
        union select transaction_id::text from mq.transaction_log where message_key = $1)
    select process, ${ms('at')} as at, subject, step, transaction_id as "transactionId", event_type as type,
      message_id as "messageId", attempt, detail
    from (select * from keyed union select ${LINE} from mq.journal where subject in (select transaction_id from own)) line
    order by at limit $2`,
};
// $4: a local transaction may be decided under the key itself (`LocalTransactions.decide`), and then carries none.
const DECIDED: Statement = {
  name: 'mq_journal_decided',
  text: `select transaction_id as "transactionId", decision, decided_by as by, ${ms('decided_at')} as "decidedAt",
      event_type as type, ${ms('acknowledged_at')} as "acknowledgedAt"
    from mq.transaction_log where message_key = $1 or (id = any($2::uuid[]) and decision = 'ABORTED') or id = $4
    order by id limit $3`,
};

/** One round trip, however many lines. */
export async function writeLines(
  runs: Runs,
  half: number,
  process: string,
  lines: readonly JournalRow[],
): Promise<void> {
  await runs.query(WRITE, [
    half,
    process,
    lines.map(({ at }) => at),
    lines.map(({ subject }) => subject),
    lines.map(({ step }) => step),
    lines.map(({ transactionId }) => transactionId),
    lines.map(({ type }) => type),
    lines.map(({ messageId }) => messageId),
    lines.map(({ attempt }) => attempt),
    lines.map(({ detail }) => detail),
  ]);
}

/** Takes the other half, emptied, when the one in use has so many bytes. @returns the half to write to. */
export async function turn(runs: Runs, mostBytes: number): Promise<number> {
  return only(await runs.query<{ half: number }>(TURN, [mostBytes])).half;
}

/** Milliseconds since 1970; what happened before may have been overwritten. */
export async function completeSince(runs: Runs): Promise<number> {
  return only(await runs.query<{ since: number }>(COMPLETE_SINCE, [])).since;
}

export async function toldOf(runs: Runs, key: string, atMost: number): Promise<readonly ToldRow[]> {
  return (await runs.query<ToldRow>(TOLD, [key, atMost])).rows;
}

export async function decidedOf(
  runs: Runs,
  key: string,
  transactionIds: readonly string[],
  atMost: number,
): Promise<readonly DecidedRow[]> {
  const ownId = timeOfId(key) === undefined ? null : key;
  return (await runs.query<DecidedRow>(DECIDED, [key, transactionIds, atMost, ownId])).rows;
}

function only<R>({ rows: [row] }: { readonly rows: readonly R[] }): R {
  if (!row) throw new Error('The journal has no turn. Run the migrations.');
  return row;
}
