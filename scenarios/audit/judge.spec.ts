import { brokenPromises, disagreements, strangers, unequalSales, type OrderSeen } from './judge.js';

const order = (orderId: string, status: OrderSeen['status'], version = 1, lines = 'cup=1'): OrderSeen => ({
  orderId,
  status,
  version,
  lines,
});
const reservation = (orderId: string, state: 'RESERVED' | 'REFUSED' | 'SOLD' | 'RELEASED', lines = 'cup=1') => ({
  orderId,
  state,
  lines,
});

describe('states of an order and its reservation', () => {
  it.each([
    ['PENDING', 'none', true, false],
    ['PENDING', 'RESERVED', true, false],
    ['PENDING', 'SOLD', false, false],
    ['AWAITING_PAYMENT', 'RESERVED', true, true],
    ['AWAITING_PAYMENT', 'none', false, false],
    ['PAID', 'RESERVED', true, false],
    ['PAID', 'SOLD', true, true],
    ['PAID', 'RELEASED', false, false],
    ['CANCELLED', 'none', true, false],
    ['CANCELLED', 'RESERVED', true, false],
    ['CANCELLED', 'RELEASED', true, true],
    ['CANCELLED', 'REFUSED', true, true],
    ['CANCELLED', 'SOLD', false, false],
    ['REJECTED', 'REFUSED', true, true],
    ['REJECTED', 'RESERVED', false, false],
  ] as const)('%s and %s: allowed while running %s, when quiet %s', (status, state, running, quiet) => {
    const seen = [order('a', status)];
    const reservations = state === 'none' ? [] : [reservation('a', state)];
    const collected = { before: seen, reservations, after: seen, attempts: new Map() };
    expect([disagreements(collected, false).length === 0, disagreements(collected, true).length === 0]).toEqual([
      running,
      quiet,
    ]);
  });

  it('are not judged when the order moved between the two looks, or is new', () => {
    const collected = {
      before: [order('moved', 'PENDING', 1)],
      reservations: [],
      after: [order('moved', 'AWAITING_PAYMENT', 2), order('new', 'AWAITING_PAYMENT', 1)],
      attempts: new Map(),
    };
    expect(disagreements(collected, false)).toEqual([]);
  });
});

it('a reservation of nobody, or with other lines than ordered, is a stranger; one that never held anything is not', () => {
  const after = [order('a', 'PAID', 1, 'cup=1\npot=2'), order('b', 'REJECTED')];
  const reservations = [
    reservation('a', 'SOLD', 'cup=1\npot=3'),
    reservation('b', 'REFUSED', ''),
    reservation('c', 'RESERVED'),
  ];
  expect(strangers({ before: [], reservations, after, attempts: new Map() }, true)).toEqual([
    { orderId: 'a', reserved: 'cup=1\npot=3', ordered: 'cup=1\npot=2' },
    { orderId: 'c', reserved: 'cup=1', ordered: 'no such order' },
  ]);
});

it.each([
  ['OPEN', 'RESERVED', true, false],
  ['OPEN', 'RELEASED', true, false],
  ['RETURNED', 'RELEASED', true, true],
  ['RETURNED', 'REFUSED', true, true],
  ['RETURNED', 'RESERVED', true, false],
  ['RETURNED', 'SOLD', false, false],
  ['KEPT', 'RESERVED', true, false],
] as const)(
  'an attempt that is %s may have a %s reservation without order: running %s, when quiet %s',
  (state, held, running, quiet) => {
    const collected = {
      before: [],
      reservations: [reservation('a', held)],
      after: [],
      attempts: new Map([['a', state]]),
    };
    expect([strangers(collected, false).length === 0, strangers(collected, true).length === 0]).toEqual([
      running,
      quiet,
    ]);
  },
);

it('sales are compared per product, also for a sku with the separators in it', () => {
  const after = [
    order('a', 'PAID', 1, 'a=b,=1\npot=2'),
    order('b', 'PAID', 1, 'pot=1'),
    order('c', 'CANCELLED', 1, 'pot=9'),
  ];
  expect(
    unequalSales(
      after,
      new Map([
        ['a=b,', 1],
        ['pot', 3],
      ]),
    ),
  ).toEqual([]);
  expect(unequalSales(after, new Map([['pot', 4]]))).toEqual([
    { sku: 'a=b,', paid: 1, sold: 0 },
    { sku: 'pot', paid: 3, sold: 4 },
  ]);
});

it('a promise is broken when its order is missing or stored under another key', () => {
  const orders = [order('a', 'PENDING')];
  const placements = [
    { key: '1', orderId: 'a' },
    { key: '2', orderId: 'b' },
  ];
  expect(brokenPromises(placements, orders, new Map([['1', 'a']]))).toEqual([
    { key: '2', promised: 'b', exists: false, stored: undefined },
  ]);
  expect(brokenPromises([{ key: '1', orderId: 'a' }], orders, new Map([['1', 'x']]))).toHaveLength(1);
});
