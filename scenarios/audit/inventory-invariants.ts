import type { Invariant } from './invariant.js';

/** Pieces per sku in the lines of reservations of one state. */
const lines = (state: string) =>
  `select l.sku, sum(l.quantity) as pieces from reservation r join reservation_line l using (order_id)
    where r.state = '${state}' group by l.sku`;

/** What the ledger says is on an account: debits come in, credits go out. */
const balance = (account: string) =>
  `coalesce(sum(quantity) filter (where debit = '${account}'), 0)
     - coalesce(sum(quantity) filter (where credit = '${account}'), 0) as ${account.toLowerCase()}`;

/** The inventory service's database, by itself. */
export const inventoryInvariants: readonly Invariant[] = [
  {
    id: 'I1',
    sentence: 'no product has less than no pieces anywhere',
    database: 'inventory',
    sql: `select sku, available, reserved, sold from stock where available < 0 or reserved < 0 or sold < 0`,
  },
  {
    id: 'I2',
    sentence: 'total = available + reserved + sold',
    database: 'inventory',
    sql: `select sku, total, available, reserved, sold from stock where total <> available + reserved + sold`,
  },
  {
    id: 'I3',
    sentence: 'reserved pieces = lines of the reservations that hold stock',
    database: 'inventory',
    sql: `select s.sku, s.reserved, coalesce(r.pieces, 0) as in_reservations
            from stock s full join (${lines('RESERVED')}) r using (sku)
           where s.reserved is distinct from coalesce(r.pieces, 0)`,
  },
  {
    id: 'I4',
    sentence: 'sold pieces = lines of the sold reservations',
    database: 'inventory',
    sql: `select s.sku, s.sold, coalesce(r.pieces, 0) as in_reservations
            from stock s full join (${lines('SOLD')}) r using (sku)
           where s.sold is distinct from coalesce(r.pieces, 0)`,
  },
  {
    id: 'I5',
    sentence: 'the ledger adds up to the stock',
    database: 'inventory',
    sql: `select s.sku, s.available, s.reserved, s.sold, to_jsonb(l) as ledger
            from stock s full join (
              select sku, ${balance('AVAILABLE')}, ${balance('RESERVED')}, ${balance('SOLD')}
                from stock_ledger group by sku) l using (sku)
           where (s.available, s.reserved, s.sold) is distinct from
                 (coalesce(l.available, 0), coalesce(l.reserved, 0), coalesce(l.sold, 0))`,
  },
  {
    id: 'I6',
    sentence: 'who ever held stock has reserved each of its lines, once and first',
    database: 'inventory',
    sql: `select r.order_id, r.state, l.sku from reservation r join reservation_line l using (order_id)
            left join stock_ledger e on e.order_id = r.order_id and e.sku = l.sku and e.kind = 'RESERVE'
           where (r.state in ('RESERVED', 'SOLD') or exists (select from stock_ledger where order_id = r.order_id))
             and e.quantity is distinct from l.quantity
          union all
          select r.order_id, r.state, null from reservation r where r.state in ('RESERVED', 'SOLD')
             and not exists (select from reservation_line where order_id = r.order_id)
          union all
          select later.order_id, later.kind, later.sku from stock_ledger later
            join stock_ledger e on e.order_id = later.order_id and e.sku = later.sku and e.kind = 'RESERVE'
           where later.kind in ('SELL', 'RELEASE') and (later.at < e.at or later.quantity <> e.quantity)`,
  },
  {
    id: 'I7',
    sentence: 'no order has sold and released',
    database: 'inventory',
    sql: `select order_id from stock_ledger where order_id is not null
           group by order_id having bool_or(kind = 'SELL') and bool_or(kind = 'RELEASE')`,
  },
];
