import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The journal: two halves, written one after the other. When the one in use is full the other is emptied and takes its place,
 * so that the journal is bounded without a row ever being deleted: a TRUNCATE costs the same for any number of rows, and no
 * vacuum has to follow. It says since when it is complete.
 */
export class JournalSchema1764000002000 implements MigrationInterface {
  readonly name = 'JournalSchema1764000002000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function if exists mq.turn_journal(bigint)');
    await runner.query('drop table if exists mq.journal, mq.journal_turn');
  }
}

/** Nothing is ever updated or deleted here, so vacuum has nothing to do but to cost. */
const half = (n: 0 | 1): string =>
  `create table mq.journal_${n} partition of mq.journal for values in (${n}) with (autovacuum_enabled = false)`;

const UP = [
  'create schema if not exists mq',
  // subject is the business key, or the transaction id of a step that is about a transaction as a whole. Both are uuidv7 where
  // it is fast: new ones go to the right end of the index. at is the process's clock; microseconds only keep its order.
  `create table mq.journal (
    half           smallint not null,
    at             timestamptz not null,
    subject        text collate "C" not null,
    step           text not null,
    process        text not null,
    transaction_id text,
    event_type     text,
    message_id     text,
    attempt        int,
    detail         text) partition by list (half)`,
  half(0),
  half(1),
  'create index journal_subject on mq.journal (subject)',
  `create table mq.journal_turn (
    half           smallint not null,
    began_at       timestamptz not null,
    complete_since timestamptz not null)`,
  'insert into mq.journal_turn values (0, clock_timestamp(), clock_timestamp())',
  // As the owner, because the services' role may not truncate anything. Whoever comes second finds the row locked, or turned.
  `create function mq.turn_journal(most_bytes bigint) returns smallint
    language plpgsql security definer set search_path = pg_catalog set lock_timeout = '200ms' as $$
    declare
      turn mq.journal_turn;
    begin
      select * into strict turn from mq.journal_turn;
      if pg_relation_size(format('mq.journal_%s', turn.half)::regclass) < most_bytes then return turn.half; end if;
      select * into turn from mq.journal_turn for update skip locked;
      if found and pg_relation_size(format('mq.journal_%s', turn.half)::regclass) >= most_bytes then
        if turn.half = 0 then truncate mq.journal_1; else truncate mq.journal_0; end if;
        update mq.journal_turn
          set half = 1 - turn.half, began_at = clock_timestamp(), complete_since = turn.began_at;
      end if;
      select * into strict turn from mq.journal_turn;
      return turn.half;
    end $$`,
  'revoke execute on function mq.turn_journal(bigint) from public',
  `do $$ begin
    if exists (select from pg_roles where rolname = 'halfway_app') then
      grant usage on schema mq to halfway_app;
      grant select, insert on mq.journal to halfway_app;
      grant select on mq.journal_turn to halfway_app;
      grant execute on function mq.turn_journal(bigint) to halfway_app;
    end if;
  end $$`,
];
