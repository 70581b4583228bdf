import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Constraints are named, so that `migration:generate --check` compares them with the entities by name. */
export class CreateStock1790000100000 implements MigrationInterface {
  readonly name = 'CreateStock1790000100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table stock (
        sku text constraint stock_pkey primary key,
        total integer not null,
        available integer not null constraint stock_available_check check (available >= 0),
        reserved integer not null default 0 constraint stock_reserved_check check (reserved >= 0),
        sold integer not null default 0 constraint stock_sold_check check (sold >= 0),
        constraint stock_total_check check (total = available + reserved + sold)
      ) with (fillfactor = 50)`);
    await runner.query(`
      create table reservation (
        order_id uuid constraint reservation_pkey primary key,
        state text not null constraint reservation_state_check check (state in ('RESERVED', 'REFUSED', 'SOLD', 'RELEASED')),
        reason text,
        created_at timestamptz not null default now(),
        changed_at timestamptz not null default now(),
        constraint reservation_reason_check check ((state = 'REFUSED') = (reason is not null))
      )`);
    // No foreign keys on the hot tables: they would cost a look-up and a row lock per line. The auditor checks the same.
    await runner.query(`
      create table reservation_line (
        order_id uuid not null,
        sku text not null,
        quantity integer not null constraint reservation_line_quantity_check check (quantity > 0),
        constraint reservation_line_pkey primary key (order_id, sku)
      )`);
    await runner.query(`
      create table stock_ledger (
        order_id uuid not null,
        sku text not null,
        kind text not null constraint stock_ledger_kind_check check (kind in ('RECEIVE', 'RESERVE', 'SELL', 'RELEASE')),
        quantity integer not null constraint stock_ledger_quantity_check check (quantity > 0),
        debit text not null,
        credit text not null,
        at timestamptz not null default clock_timestamp(),
        constraint stock_ledger_pkey primary key (order_id, sku, kind),
        constraint stock_ledger_accounts_check check ((kind, debit, credit) in
          (('RECEIVE', 'AVAILABLE', 'SUPPLIER'), ('RESERVE', 'RESERVED', 'AVAILABLE'),
           ('SELL', 'SOLD', 'RESERVED'), ('RELEASE', 'AVAILABLE', 'RESERVED')))
      )`);
    await runner.query(`
      create table stock_receipt (
        receipt_id text constraint stock_receipt_pkey primary key,
        entry_id uuid not null constraint stock_receipt_entry_id_key unique,
        sku text not null,
        quantity integer not null constraint stock_receipt_quantity_check check (quantity > 0),
        at timestamptz not null default now()
      )`);
    // What the service may do and nothing more: the ledger cannot be rewritten, no row can be deleted.
    await runner.query(`
      do $$ begin
        if exists (select from pg_roles where rolname = 'halfway_app') then
          grant select, insert on stock, reservation, reservation_line, stock_ledger, stock_receipt to halfway_app;
          grant update (total, available, reserved, sold) on stock to halfway_app;
          grant update (state, reason, changed_at) on reservation to halfway_app;
        end if;
      end $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table stock_receipt, stock_ledger, reservation_line, reservation, stock');
  }
}
