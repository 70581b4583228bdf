import type { Ablation } from './ablation.js';

const sql = 'apps/inventory/src/persistence/reservation.sql.ts';

/** What keeps the stock right when events come twice, in any order, and at the same time. */
export const inventory: readonly Ablation[] = [
  {
    name: 'reservation-key',
    defence:
      'the reservation row: an order is decided once (and the keys of its lines and of the ledger, which say so again)',
    without: 'an order.placed that comes twice reserves twice',
    edits: [
      {
        file: 'apps/inventory/src/reserve-stock/reserve-stock.ts',
        find: 'orders.filter(({ orderId }) => !recorded.has(orderId))',
        replace: 'orders',
      },
      {
        file: sql,
        find: 'select order_id, sku, quantity from asked',
        replace: 'select order_id, sku, quantity from asked on conflict do nothing',
      },
      {
        file: sql,
        find: `'RESERVED', 'AVAILABLE' from asked where held`,
        replace: `'RESERVED', 'AVAILABLE' from asked where held on conflict do nothing`,
      },
    ],
    alsoOff: [],
    shownBy: ['I5.placed.K'],
    evidence: 'I3',
    expected: 'red',
  },
  {
    name: 'release-tombstone',
    defence: 'the tombstone of a cancellation that comes before its order',
    without: 'the order comes later and reserves for ever',
    edits: [
      {
        file: 'apps/inventory/src/persistence/reservation.repository.ts',
        find: `tx.query<{ order_id: string }>(sql.insertReservations, [ids, 'RELEASED'])`,
        replace: 'Promise.resolve({ rows: [] as { order_id: string }[] })',
      },
    ],
    alsoOff: [],
    shownBy: ['I15.L'],
    evidence: 'X1',
    expected: 'red',
  },
  {
    name: 'sorted-locks',
    defence: 'stock rows are locked in one order, by sku',
    without: 'transactions with the same products in different order deadlock',
    edits: [
      {
        file: sql,
        find: `'select sku, available from stock where sku = any($1::text[]) order by sku for no key update'`,
        // As the orders name them. Without the join PostgreSQL would sort them by itself, by the index it reads.
        replace: `\`select stock.sku, available from unnest($1::text[]) with ordinality as asked (sku, place)
          join stock using (sku) order by place for no key update of stock\``,
      },
    ],
    alsoOff: [],
    shownBy: ['I14.D'],
    evidence: 'deadlock',
    expected: 'red',
  },
];
