import type { Statement } from '@halfway/mq';

/**
 * The hot statements. Arrays instead of one statement per row, and named, so that each connection plans them once.
 */

/** A running transaction that inserted the same key is waited for. */
export const insertReservations: Statement = {
  name: 'inventory.insert-reservations',
  text: `insert into reservation (order_id, state) select id, $2 from unnest($1::uuid[]) as id
         on conflict (order_id) do nothing returning order_id`,
};

/** A statement of its own: in one snapshot with the insert it would miss the row that the insert waited for. */
export const readReservations: Statement = {
  name: 'inventory.read-reservations',
  text: 'select order_id, state, reason from reservation where order_id = any($1::uuid[])',
};

export const lockReservations: Statement = {
  name: 'inventory.lock-reservations',
  text: `select order_id, state, reason from reservation where order_id = any($1::uuid[])
         order by order_id for no key update`,
};

export const lockStock: Statement = {
  name: 'inventory.lock-stock',
  text: 'select sku, available from stock where sku = any($1::text[]) order by sku for no key update',
};

export const lockHeldStock: Statement = {
  name: 'inventory.lock-held-stock',
  text: `select sku from stock
         where sku in (select sku from reservation_line where order_id = any($1::uuid[]))
         order by sku for no key update`,
};

/** $1, $2 refused orders and reasons · $3–$6 lines, and whether they are held · $7, $8 what moves per sku. */
export const recordDecisions: Statement = {
  name: 'inventory.record-decisions',
  text: `with refused as (
           update reservation set state = 'REFUSED', reason = new.reason
           from unnest($1::uuid[], $2::text[]) as new (order_id, reason) where reservation.order_id = new.order_id
         ), asked as (
           select * from unnest($3::uuid[], $4::text[], $5::int[], $6::bool[]) as line (order_id, sku, quantity, held)
         ), lines as (
           insert into reservation_line (order_id, sku, quantity) select order_id, sku, quantity from asked
         ), stocked as (
           update stock set available = available - moved.quantity, reserved = reserved + moved.quantity
           from unnest($7::text[], $8::int[]) as moved (sku, quantity) where stock.sku = moved.sku
         )
         insert into stock_ledger (order_id, sku, kind, quantity, debit, credit)
         select order_id, sku, 'RESERVE', quantity, 'RESERVED', 'AVAILABLE' from asked where held`,
};

export const sell: Statement = {
  name: 'inventory.sell',
  text: `with sold as (
           update reservation set state = 'SOLD', changed_at = clock_timestamp()
           where order_id = any($1::uuid[]) and state = 'RESERVED' returning order_id
         ), held as (
           select order_id, sku, quantity from sold join reservation_line using (order_id)
         ), stocked as (
           update stock set reserved = reserved - moved.quantity, sold = stock.sold + moved.quantity
           from (select sku, sum(quantity)::int as quantity from held group by sku) as moved where stock.sku = moved.sku
         )
         insert into stock_ledger (order_id, sku, kind, quantity, debit, credit)
         select order_id, sku, 'SELL', quantity, 'SOLD', 'RESERVED' from held`,
};

export const release: Statement = {
  name: 'inventory.release',
  text: `with released as (
           update reservation set state = 'RELEASED', changed_at = clock_timestamp()
           where order_id = any($1::uuid[]) and state = 'RESERVED' returning order_id
         ), held as (
           select order_id, sku, quantity from released join reservation_line using (order_id)
         ), stocked as (
           update stock set reserved = reserved - moved.quantity, available = available + moved.quantity
           from (select sku, sum(quantity)::int as quantity from held group by sku) as moved where stock.sku = moved.sku
         )
         insert into stock_ledger (order_id, sku, kind, quantity, debit, credit)
         select order_id, sku, 'RELEASE', quantity, 'AVAILABLE', 'RESERVED' from held`,
};
