import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Where failing messages wait. One row in `parked_key` per key with parked messages: it carries the lock, the claim and the
 * back-off, so that claiming costs by what is due and not by what queues behind; the messages themselves are in
 * `parked_message`, in order of `id`. Whoever parks locks the key's row first and inserts second; whoever finishes a key
 * locks it first and looks for messages second: so no message is left behind without a key.
 */
export class ConsumingSchema1764000001000 implements MigrationInterface {
  readonly name = 'ConsumingSchema1764000001000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table if exists mq.parked_message, mq.parked_key');
  }
}

const UP = [
  'create schema if not exists mq',
  `create table mq.parked_key (
    consumer_group  text not null,
    message_key     text not null,
    next_attempt_at timestamptz not null,
    primary key (consumer_group, message_key))`,
  'create index parked_key_due on mq.parked_key (consumer_group, next_attempt_at)',
  // event_id of an unreadable message is 'message:' and the broker's id. Properties are bounded by the broker (32 KiB).
  `create table mq.parked_message (
    id             bigint generated always as identity primary key,
    consumer_group text not null,
    message_key    text not null,
    state          text not null check (state in ('PARKED','QUARANTINED','DISCARDED')),
    topic          text not null,
    event_id       text not null,
    event_type     text,
    message_id     text not null,
    message_group  text,
    tag            text,
    keys           jsonb not null,
    properties     jsonb not null,
    body           bytea not null,
    body_bytes     int not null,
    corrupted      boolean not null,
    deliveries     int not null,
    born_at        timestamptz,
    attempts       int not null default 0,
    code           text,
    reason         text,
    parked_at      timestamptz not null default clock_timestamp(),
    settled_at     timestamptz,
    discard_reason text,
    check (octet_length(body) <= 262144),
    check ((state = 'DISCARDED') = (discard_reason is not null)))`,
  // One waiting copy per event and group, however often the broker or the sweeper delivers it.
  `create unique index parked_message_once on mq.parked_message (consumer_group, topic, event_id)
    where state in ('PARKED','QUARANTINED')`,
  `create index parked_message_in_order on mq.parked_message (consumer_group, message_key, id) where state = 'PARKED'`,
  `create index parked_message_quarantine on mq.parked_message (consumer_group, id) where state = 'QUARANTINED'`,
  `do $$ begin
    if exists (select from pg_roles where rolname = 'halfway_app') then
      grant usage on schema mq to halfway_app;
      grant select, insert, update, delete on mq.parked_key, mq.parked_message to halfway_app;
    end if;
  end $$`,
];
