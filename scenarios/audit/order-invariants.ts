import type { Invariant } from './invariant.js';

const committed = (type: string) => `decision = 'COMMITTED' and event_type = '${type}'`;

/** The order service's database, by itself. */
export const orderInvariants: readonly Invariant[] = [
  {
    id: 'O1',
    sentence:
      'every order has a committed decision row: its order.placed, or its own when its stock was deducted before',
    database: 'order',
    sql: `select order_id from orders o where flow = 'reserve-on-commit' and not exists (
            select from mq.transaction_log where message_key = o.order_id::text and ${committed('order.placed')})
          union all
          select order_id from orders o where flow <> 'reserve-on-commit' and not exists (
            select from mq.transaction_log where id = o.order_id and decision = 'COMMITTED')`,
  },
  {
    id: 'O3',
    sentence: 'every committed decision to place an order has its order',
    database: 'order',
    sql: `select id, message_key from mq.transaction_log t where ${committed('order.placed')}
            and not exists (select from orders where order_id::text = t.message_key)
          union all
          select id, null from mq.transaction_log t join return_intent i on i.order_id = t.id
           where decision = 'COMMITTED' and not exists (select from orders where order_id = t.id)`,
  },
  {
    id: 'O4',
    sentence: 'an order is PAID exactly when one payment of it is captured',
    database: 'order',
    sql: `select o.order_id, o.status, count(p.payment_id) as captured
            from orders o left join payment p on p.order_id = o.order_id and p.state = 'CAPTURED'
           group by o.order_id, o.status
          having count(p.payment_id) <> case o.status when 'PAID' then 1 else 0 end`,
  },
  {
    id: 'O5',
    sentence: 'one order per idempotency key, one key per order',
    database: 'order',
    sql: `select coalesce(o.order_id, i.order_id) as order_id, count(i.key) as keys, null as key
            from orders o full join idempotency i on i.order_id = o.order_id
           group by o.order_id, i.order_id having o.order_id is null or count(i.key) <> 1
          union all
          select null, count(*), key from idempotency group by key having count(*) > 1`,
  },
  {
    id: 'O6',
    sentence: 'no order has both a paid and a cancelled event',
    database: 'order',
    sql: `select message_key from mq.transaction_log where decision = 'COMMITTED'
           group by message_key having bool_or(event_type = 'order.paid') and bool_or(event_type = 'order.cancelled')`,
  },
  {
    id: 'O7',
    sentence: 'no live order is 60 s past its payment window',
    database: 'order',
    sql: `select order_id, status, expires_at from orders
           where status in ('PENDING', 'AWAITING_PAYMENT') and expires_at < clock_timestamp() - interval '60 s'`,
  },
  {
    id: 'O8',
    sentence: 'no event is unacknowledged for more than 120 s',
    database: 'order',
    sql: `select id, event_type, message_key, attempts, decided_at from mq.transaction_log
           where decision = 'COMMITTED' and event_type is not null and acknowledged_at is null
             and decided_at < clock_timestamp() - interval '120 s'`,
  },
  {
    id: 'R1',
    sentence: 'deducted stock is kept exactly when its order stands',
    database: 'order',
    sql: `select coalesce(i.order_id, o.order_id) as order_id, i.state, o.status
            from return_intent i full join (select order_id, status from orders where flow = 'return-on-failure') o
              on o.order_id = i.order_id
           where (i.state = 'KEPT') is distinct from (o.order_id is not null)`,
  },
  {
    id: 'R2',
    sentence: 'no deduction without an order waits for its return for more than 120 s',
    database: 'order',
    sql: `select order_id, attempts, created_at from return_intent
           where state = 'OPEN' and created_at < clock_timestamp() - interval '120 s'`,
  },
  {
    id: 'O9',
    sentence: 'no refund is due for more than 60 s',
    database: 'order',
    sql: `select payment_id, order_id, created_at from payment
           where state = 'REFUND_DUE' and created_at < clock_timestamp() - interval '60 s'`,
  },
  {
    id: 'O10',
    sentence: 'no order is cancelled for its payment before its window is over',
    database: 'order',
    sql: `select o.order_id, o.expires_at, t.decided_at from orders o join mq.transaction_log t
              on t.message_key = o.order_id::text and ${committed('order.cancelled')}
           where o.cancel_reason = 'PAYMENT_TIMEOUT' and t.decided_at < o.expires_at`,
  },
];
