import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The decision register, which also is the outbox (docs/flow.md). A row whose id is its transaction's id is the decision;
 * with one event the same row carries it.
 *
 * Decisions are write-once by privilege, not by good behaviour: the services' role may insert rows and update three columns
 * that decide nothing. It may not delete: who takes the fence away lets a late COMMIT through.
 */
export class TransactionLog1764000000000 implements MigrationInterface {
  readonly name = 'TransactionLog1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table if exists mq.inbox, mq.transaction_log');
  }
}

const UP = [
  'create schema if not exists mq',
  // id is a uuidv7, new per attempt and never reused: its time orders the outbox and tells a check-back how old it is.
  `create table mq.transaction_log (
    id              uuid primary key,
    transaction_id  uuid not null,
    decision        text not null check (decision in ('COMMITTED','ABORTED')),
    decided_by      text not null check (decided_by in ('local','check-back','in-doubt','sweeper')),
    decided_at      timestamptz not null default clock_timestamp(),
    event_type      text,
    topic           text,
    message_key     text,
    body            jsonb,
    headers         jsonb,
    acknowledged_at timestamptz,
    attempts        int not null default 0,
    next_attempt_at timestamptz,
    check (decision = 'COMMITTED' or body is null),
    check ((body is null) = (event_type is null) and (body is null) = (topic is null)
       and (body is null) = (message_key is null) and (body is null) = (headers is null)),
    check (next_attempt_at is null or (body is not null and acknowledged_at is null)))`,
  'create index transaction_log_transaction on mq.transaction_log (transaction_id)',
  // Small however long the log is: an acknowledged event leaves it.
  'create index transaction_log_due on mq.transaction_log (next_attempt_at) where next_attempt_at is not null',
  // What happened to one key, in its order: the relay looks for earlier events by it, as do the auditor and timelines.
  'create index transaction_log_key on mq.transaction_log (message_key, id) where message_key is not null',
  // text, because an event's id is its sender's business: CloudEvents asks for a non-empty string and nothing else.
  `create table mq.inbox (
    consumer_group text not null,
    event_id       text not null,
    handled_at     timestamptz not null default clock_timestamp(),
    primary key (consumer_group, event_id))`,
  `do $$ begin
    if exists (select from pg_roles where rolname = 'halfway_app') then
      grant usage on schema mq to halfway_app;
      grant select, insert on mq.transaction_log, mq.inbox to halfway_app;
      grant update (acknowledged_at, attempts, next_attempt_at) on mq.transaction_log to halfway_app;
    end if;
  end $$`,
];
