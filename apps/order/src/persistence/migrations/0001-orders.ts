import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The order service's tables. Constraints carry what must never be false: one order per idempotency key and one key per
 * order (O5), at most one captured payment per order (O4), a reason exactly when cancelled, amounts a number can hold.
 * Constraints are named as the row classes name them, so that `migration:generate --check` finds no difference.
 */
export class Orders1764000100000 implements MigrationInterface {
  readonly name = 'Orders1764000100000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...SIMULATED_PROVIDER]) await runner.query(statement);
    await runner.query(GRANTS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema simulated_provider cascade');
    await runner.query('drop table idempotency, payment, order_line, orders, product');
  }
}

const TABLES = [
  `create table product (
    sku              text   not null constraint "PK_product" primary key,
    name             text   not null,
    unit_price_minor bigint not null constraint "CHK_product_unit_price" check (unit_price_minor > 0),
    currency         text   not null constraint "CHK_product_currency" check (currency ~ '^[A-Z]{3}$'))`,

  `create table orders (
    order_id      uuid        not null constraint "PK_orders" primary key,
    customer_id   text        not null,
    status        text        not null constraint "CHK_orders_status"
                              check (status in ('PENDING', 'AWAITING_PAYMENT', 'PAID', 'REJECTED', 'CANCELLED')),
    cancel_reason text        constraint "CHK_orders_cancel_reason" check (cancel_reason in ('CUSTOMER', 'PAYMENT_TIMEOUT')),
    flow          text        not null constraint "CHK_orders_flow" check (flow in ('reserve-on-commit', 'return-on-failure')),
    amount_minor  bigint      not null constraint "CHK_orders_amount" check (amount_minor between 1 and 9007199254740991),
    currency      text        not null constraint "CHK_orders_currency" check (currency ~ '^[A-Z]{3}$'),
    expires_at    timestamptz not null,
    created_at    timestamptz not null,
    version       integer     not null constraint "CHK_orders_version" check (version > 0),
    constraint "CHK_orders_cancelled_with_reason" check ((status = 'CANCELLED') = (cancel_reason is not null)),
    constraint "CHK_orders_window" check (expires_at > created_at))`,
  `create index "IDX_orders_status" on orders (status, order_id)`,
  `create index "IDX_orders_open_expires_at" on orders (expires_at) where status in ('PENDING', 'AWAITING_PAYMENT')`,

  `create table order_line (
    order_id         uuid     not null constraint "FK_order_line_order" references orders,
    sku              text     not null,
    position         smallint not null,
    quantity         integer  not null constraint "CHK_order_line_quantity" check (quantity between 1 and 1000),
    unit_price_minor bigint   not null constraint "CHK_order_line_unit_price" check (unit_price_minor > 0),
    constraint "PK_order_line" primary key (order_id, sku))`,

  `create table payment (
    payment_id    text        not null constraint "PK_payment" primary key,
    order_id      uuid        not null constraint "FK_payment_order" references orders,
    amount_minor  bigint      not null constraint "CHK_payment_amount" check (amount_minor between 1 and 9007199254740991),
    currency      text        not null constraint "CHK_payment_currency" check (currency ~ '^[A-Z]{3}$'),
    state         text        not null constraint "CHK_payment_state" check (state in ('CAPTURED', 'REFUND_DUE', 'REFUNDED')),
    created_at    timestamptz not null,
    refund_due_at timestamptz,
    refunded_at   timestamptz,
    constraint "CHK_payment_refund_due" check ((state = 'REFUND_DUE') = (refund_due_at is not null)),
    constraint "CHK_payment_refunded" check ((state = 'REFUNDED') = (refunded_at is not null)))`,
  `create unique index "IDX_payment_one_captured" on payment (order_id) where state = 'CAPTURED'`,
  `create index "IDX_payment_order" on payment (order_id)`,
  `create index "IDX_payment_refund_due" on payment (refund_due_at) where state = 'REFUND_DUE'`,

  `create table idempotency (
    key          text        not null constraint "PK_idempotency" primary key
                             constraint "CHK_idempotency_key" check (char_length(key) between 1 and 255),
    request_hash text        not null,
    order_id     uuid        not null constraint "UQ_idempotency_order" unique
                             constraint "FK_idempotency_order" references orders,
    answer       text        not null,
    created_at   timestamptz not null)`,
  `comment on table idempotency is 'one row per placed order: its key, what was asked, and the answer word for word'`,
];

/** What the payment provider would have at its own place; here so that a refund can be shown to happen once. */
const SIMULATED_PROVIDER = [
  `create schema simulated_provider`,
  `create table simulated_provider.refund (
    payment_id   text        not null constraint "PK_refund" primary key,
    amount_minor bigint      not null,
    currency     text        not null,
    requests     integer     not null,
    refunded_at  timestamptz not null)`,
  `comment on column simulated_provider.refund.requests is 'how often we asked; the money goes back once'`,
];

/** Only where the role exists: a database of one's own needs no second role. */
const GRANTS = `do $$ begin
  if exists (select from pg_roles where rolname = 'halfway_app') then
    grant usage on schema public, simulated_provider to halfway_app;
    grant select, insert on orders, order_line, payment, idempotency, product, simulated_provider.refund to halfway_app;
    grant update (status, cancel_reason, version) on orders to halfway_app;
    grant update (state, refund_due_at, refunded_at) on payment to halfway_app;
    grant update on product to halfway_app;
    grant update (requests) on simulated_provider.refund to halfway_app;
  end if;
end $$`;
