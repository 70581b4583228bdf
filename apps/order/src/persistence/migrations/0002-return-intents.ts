import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The flow "return-on-failure" deducts stock in another database before its order exists. The row says so beforehand: whatever
 * dies afterwards, somebody here knows that stock may have to go back, with or without a broker.
 */
export class ReturnIntents1764000200000 implements MigrationInterface {
  readonly name = 'ReturnIntents1764000200000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table return_intent');
  }
}

const UP = [
  // OPEN: stock may be held for an order that may never be · KEPT: the order stands, in the same transaction · RETURNED: the
  // inventory has said that nothing is held. Every OPEN row is due some time, and no other.
  `create table return_intent (
    order_id        uuid        not null constraint "PK_return_intent" primary key,
    state           text        not null default 'OPEN' constraint "CHK_return_intent_state" check (state in ('OPEN', 'KEPT', 'RETURNED')),
    idempotency_key text,
    created_at      timestamptz not null default clock_timestamp(),
    attempts        integer     not null default 0,
    next_attempt_at timestamptz,
    constraint "CHK_return_intent_due" check ((state = 'OPEN') = (next_attempt_at is not null)),
    constraint "CHK_return_intent_key" check (state <> 'RETURNED' or idempotency_key is null))`,
  `comment on column return_intent.idempotency_key is 'held until the attempt is given up, so that a repetition does not deduct too'`,
  `create unique index "UQ_return_intent_key" on return_intent (idempotency_key) where idempotency_key is not null`,
  `create index "IDX_return_intent_due" on return_intent (next_attempt_at) where next_attempt_at is not null`,
  `do $$ begin
    if exists (select from pg_roles where rolname = 'halfway_app') then
      grant select, insert on return_intent to halfway_app;
      grant update (state, idempotency_key, attempts, next_attempt_at) on return_intent to halfway_app;
    end if;
  end $$`,
];
