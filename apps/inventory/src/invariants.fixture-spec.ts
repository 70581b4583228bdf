const pieces = (state: string) =>
  `select l.sku, sum(l.quantity) as quantity from reservation r join reservation_line l using (order_id)
   where r.state = '${state}' group by l.sku`;
const balance = (account: string) =>
  `coalesce((select sum(case when debit = '${account}' then quantity else -quantity end) from stock_ledger e
             where e.sku = s.sku and '${account}' in (debit, credit)), 0)`;

/**
 * What holds at rest whatever happened: each query returns no row. The ids are those of scenarios/audit. Written a second time
 * on purpose: the auditor of the scenarios is independent of this service and of its tests.
 */
export const invariants: Readonly<Record<string, string>> = {
  'I1 nothing is negative': 'select * from stock where available < 0 or reserved < 0 or sold < 0',
  'I2 every piece is in one place': 'select * from stock where total <> available + reserved + sold',
  'I3 reserved is what reservations hold': `select s.* from stock s full join (${pieces('RESERVED')}) p using (sku)
    where s.reserved is distinct from coalesce(p.quantity, 0)`,
  'I4 sold is what sales took': `select s.* from stock s full join (${pieces('SOLD')}) p using (sku)
    where s.sold is distinct from coalesce(p.quantity, 0)`,
  'I5 the ledger balances': `select s.* from stock s where (s.available, s.reserved, s.sold) is distinct from
    (${balance('AVAILABLE')}, ${balance('RESERVED')}, ${balance('SOLD')})`,
  'I5 the ledger knows no other sku': 'select * from stock_ledger where sku not in (select sku from stock)',
  'I6 who held stock held all of it': `select r.order_id, l.sku from reservation r join reservation_line l using (order_id)
    left join stock_ledger e on e.order_id = r.order_id and e.sku = l.sku and e.kind = 'RESERVE'
    where (r.state in ('RESERVED', 'SOLD') or exists (select from stock_ledger x where x.order_id = r.order_id))
      and e.quantity is distinct from l.quantity`,
  'I6 what is held has lines': `select order_id from reservation r where state in ('RESERVED', 'SOLD')
    and not exists (select from reservation_line l where l.order_id = r.order_id)`,
  'I6 no entry comes before its reservation': `select e.* from stock_ledger e
    join stock_ledger first on first.order_id = e.order_id and first.sku = e.sku and first.kind = 'RESERVE' and first.at > e.at`,
  'I7 nothing is both sold and released': `select order_id from stock_ledger group by order_id
    having bool_or(kind = 'SELL') and bool_or(kind = 'RELEASE')`,
  'a RECEIVE has its receipt': `select e.* from stock_ledger e left join stock_receipt p on p.entry_id = e.order_id
    where e.kind = 'RECEIVE' and (p.sku, p.quantity) is distinct from (e.sku, e.quantity)`,
};
