import { randomUUID } from 'node:crypto';
import { across, audit, invariants } from './audit.js';
import type { Placement } from './judge.js';
import { untilQuiet } from './quiet.js';
import { worlds, type World, type Worlds } from './world.fixture-spec.js';

let copies: Worlds;
let world: World;
beforeAll(async () => {
  copies = await worlds();
});
beforeEach(async () => {
  world = await copies.one();
});
afterEach(() => world.drop());
afterAll(() => copies.drop());

const settled = (history: readonly Placement[] = []) => audit({ ...world.databases, settled: true, history });

/** Ids of what does not hold. */
const broken = async (report: ReturnType<typeof audit>): Promise<readonly string[]> =>
  (await report).findings.filter(({ holds }) => !holds).map(({ id }) => id);

interface Planting {
  readonly id: string;
  readonly what: string;
  readonly order?: string;
  readonly inventory?: string;
}

/** `$paid` and the like stand for the order of that kind. */
const plantings: readonly Planting[] = [
  {
    id: 'I1',
    what: 'less than nothing is available',
    inventory: `update stock set available = -1, total = 2 where sku = 'pot'`,
  },
  { id: 'I2', what: 'a piece vanishes from the total', inventory: `update stock set total = 9 where sku = 'pot'` },
  {
    id: 'I3',
    what: 'a piece stays reserved for nobody',
    inventory: `update stock set reserved = reserved + 1, available = available - 1`,
  },
  {
    id: 'I3',
    what: 'a reservation holds nothing',
    inventory: `update stock set reserved = 0, available = available + reserved`,
  },
  {
    id: 'I4',
    what: 'a piece is sold to nobody',
    inventory: `update stock set sold = sold + 1, available = available - 1`,
  },
  {
    id: 'I5',
    what: 'stock moves without a ledger entry',
    inventory: `update stock set available = 9, total = 12 where sku = 'pot'`,
  },
  {
    id: 'I5',
    what: 'the ledger knows a product that stock does not',
    inventory: `update stock set sku = 'jug' where sku = 'pot'`,
  },
  {
    id: 'I6',
    what: 'one of two lines was never reserved',
    inventory: `delete from stock_ledger where order_id = '$paid' and sku = 'pot' and kind = 'RESERVE'`,
  },
  {
    id: 'I6',
    what: 'stock was released before it was reserved',
    inventory: `update stock_ledger set at = at - interval '1 h' where kind = 'RELEASE'`,
  },
  {
    id: 'I6',
    what: 'more was released than reserved',
    inventory: `update stock_ledger set quantity = 5 where kind = 'RELEASE' and sku = 'cup'`,
  },
  {
    id: 'I7',
    what: 'a sold order was released too',
    inventory: `insert into stock_ledger (order_id, sku, kind, quantity, debit, credit) values ('$paid', 'cup', 'RELEASE', 2, 'AVAILABLE', 'RESERVED')`,
  },
  {
    id: 'O1',
    what: 'an order has no decision row',
    order: `delete from mq.transaction_log where message_key = '$awaiting'`,
  },
  {
    id: 'O1',
    what: `an order's transaction was aborted`,
    order: `update mq.transaction_log set decision = 'ABORTED' where message_key = '$awaiting'`,
  },
  { id: 'O3', what: 'a committed message has no order', order: `delete from orders where order_id = '$awaiting'` },
  { id: 'O4', what: 'an order is paid without money', order: `delete from payment where order_id = '$paid'` },
  {
    id: 'O4',
    what: 'an order is paid twice',
    order: `insert into payment (payment_id, order_id, amount_minor, currency, state, created_at) values ('p3', '$paid', 300, 'EUR', 'CAPTURED', now())`,
  },
  {
    id: 'O4',
    what: 'the money of a cancelled order is kept',
    order: `update payment set state = 'CAPTURED' where order_id = '$cancelled'`,
  },
  {
    id: 'O5',
    what: 'two keys made one order',
    order: `insert into idempotency select 'another', request_hash, order_id, answer, created_at from idempotency where order_id = '$paid'`,
  },
  { id: 'O5', what: 'one key made two orders', order: `update idempotency set key = 'key-paid'` },
  {
    id: 'O5',
    what: 'a key points to no order',
    order: `update idempotency set order_id = '${randomUUID()}' where order_id = '$paid'`,
  },
  {
    id: 'O6',
    what: 'a paid order was also cancelled',
    order: `update mq.transaction_log set message_key = '$paid' where event_type = 'order.cancelled'`,
  },
  {
    id: 'O7',
    what: 'an order outlives its payment window',
    order: `update orders set expires_at = now() - interval '61 s' where order_id = '$awaiting'`,
  },
  {
    id: 'O8',
    what: 'nobody answers an event',
    order: `update mq.transaction_log set acknowledged_at = null, decided_at = now() - interval '121 s' where message_key = '$awaiting'`,
  },
  {
    id: 'O1',
    what: 'an order whose stock was deducted has no decision row',
    order: `delete from mq.transaction_log where id = '$deducted'`,
  },
  {
    id: 'O3',
    what: 'the decision stands, and its order does not',
    order: `delete from orders where order_id = '$deducted'`,
  },
  {
    id: 'R1',
    what: 'the stock of an order is on its way back',
    order: `update return_intent set state = 'OPEN', next_attempt_at = now() where order_id = '$deducted'`,
  },
  {
    id: 'R1',
    what: 'stock was deducted first, and nobody has written that down',
    order: `delete from return_intent where order_id = '$deducted'`,
  },
  {
    id: 'R2',
    what: 'nobody gives a deduction back',
    order: `update return_intent set state = 'OPEN', created_at = now() - interval '121 s' where order_id = '$returned'`,
  },
  {
    id: 'O9',
    what: 'a refund is not made',
    order: `update payment set state = 'REFUND_DUE', created_at = now() - interval '61 s' where payment_id = 'p2'`,
  },
  {
    id: 'O10',
    what: 'an order is cancelled while there is time to pay',
    order: `update orders set cancel_reason = 'PAYMENT_TIMEOUT' where order_id = '$cancelled'`,
  },
  {
    id: 'X1',
    what: 'a paid order is not sold',
    inventory: `update reservation set state = 'RESERVED' where order_id = '$paid'`,
  },
  {
    id: 'X1',
    what: 'a cancelled order still holds stock',
    inventory: `update reservation set state = 'RESERVED' where order_id = '$cancelled'`,
  },
  {
    id: 'X1',
    what: 'a rejected order holds stock',
    inventory: `update reservation set state = 'RESERVED', reason = null where order_id = '$rejected'`,
  },
  {
    id: 'X1',
    what: 'an order waits for payment without a reservation',
    inventory: `delete from reservation where order_id = '$awaiting'`,
  },
  {
    id: 'X1',
    what: 'an order is still pending',
    order: `update orders set status = 'PENDING' where order_id = '$awaiting'`,
  },
  {
    id: 'X2',
    what: 'stock is held for an order that does not exist',
    inventory: `update reservation set order_id = '${randomUUID()}' where order_id = '$awaiting'`,
  },
  {
    id: 'X2',
    what: 'a failed attempt still holds stock',
    inventory: `update reservation set state = 'RESERVED' where order_id = '$returned'`,
  },
  {
    id: 'X2',
    what: 'stock was deducted for an attempt that nobody knows of',
    order: `delete from return_intent where order_id = '$returned'`,
  },
  {
    id: 'X2',
    what: 'other lines are reserved than ordered',
    inventory: `update reservation_line set quantity = 3 where order_id = '$awaiting' and sku = 'cup'`,
  },
  {
    id: 'X2',
    what: 'a line is missing in the reservation',
    inventory: `delete from reservation_line where order_id = '$awaiting' and sku = 'pot'`,
  },
  {
    id: 'X3',
    what: 'more is sold than paid for',
    order: `update order_line set quantity = 1 where order_id = '$paid' and sku = 'cup'`,
  },
];

const fill = (sql: string): string =>
  sql.replace(
    /\$(paid|cancelled|rejected|awaiting|deducted|returned)/g,
    (_, kind: keyof World['ids']) => world.ids[kind],
  );

it('acquits a world in which everything is as it should be', async () => {
  const { returned: _, ...orders } = world.ids;
  const history = Object.entries(orders).map(([kind, orderId]) => ({ key: `key-${kind}`, orderId }));
  expect(await broken(settled(history))).toEqual([]);
  expect(await broken(audit({ ...world.databases, settled: false }))).toEqual([]);
});

it.each(plantings)('convicts by $id when $what', async ({ id, order, inventory }) => {
  if (order) await world.change('order', fill(order));
  if (inventory) await world.change('inventory', fill(inventory));
  expect(await broken(settled())).toContain(id);
});

it('convicts by X4 when an order that a client was told of does not exist', async () => {
  expect(await broken(settled([{ key: 'key-paid', orderId: randomUUID() }]))).toEqual(['X4']);
});

it('convicts by X4 when a client was told of two orders for one key', async () => {
  const { paid, awaiting } = world.ids;
  const told = [paid, awaiting].map((orderId) => ({ key: 'key-paid', orderId }));
  expect(await broken(settled(told))).toEqual(['X4']);
});

it('has a planted violation for every invariant', () => {
  const tried = new Set([...plantings.map(({ id }) => id), 'X4']);
  expect([...invariants, ...Object.values(across)].map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
});

it('forgives what is under way while the system runs, and nothing else', async () => {
  await world.change(
    'inventory',
    `update reservation set state = 'RESERVED' where order_id in ('${world.ids.paid}', '${world.ids.cancelled}')`,
  );
  expect(await broken(audit({ ...world.databases, settled: false }))).not.toContain('X1');
  await world.change('inventory', `update reservation set state = 'SOLD' where order_id = '${world.ids.cancelled}'`);
  expect(await broken(audit({ ...world.databases, settled: false }))).toContain('X1');
});

it('changes nothing: its sessions are read-only', async () => {
  const { withDatabases } = await import('./databases.js');
  const attempt = withDatabases(world.databases, (read) => read.order('delete from orders'));
  await expect(attempt).rejects.toThrow(/read-only/);
});

it('waits while an event is not acknowledged, an order is pending or money has to go back', async () => {
  const { databases } = world;
  const soon = { withinMs: 200, everyMs: 20 };
  await expect(untilQuiet(databases, soon)).resolves.toEqual({
    events: 0,
    pending: 0,
    refundsDue: 0,
    returns: 0,
    parked: 0,
  });
  await world.change(
    'order',
    `update mq.transaction_log set next_attempt_at = now() where message_key = '${world.ids.awaiting}'`,
  );
  await expect(untilQuiet(databases, soon)).rejects.toThrow(/"events":1/);
  await world.change('order', `update mq.transaction_log set next_attempt_at = null`);
  await world.change('order', `update orders set status = 'PENDING' where order_id = '${world.ids.awaiting}'`);
  await expect(untilQuiet(databases, soon)).rejects.toThrow(/"pending":1/);
  await world.change('order', `update orders set status = 'AWAITING_PAYMENT' where status = 'PENDING'`);
  await world.change('order', `update return_intent set state = 'OPEN' where order_id = '${world.ids.returned}'`);
  await expect(untilQuiet(databases, soon)).rejects.toThrow(/"returns":1/);
});
