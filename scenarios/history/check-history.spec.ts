import { checkHistory } from './check-history.js';
import type { FinalOrder } from './final-orders.js';
import type { Operation } from './operation.js';
import { rules } from './rules/all.js';
import {
  atOnce,
  cancel,
  ended,
  oneByOne,
  pay,
  place,
  read,
  refused,
  unknown,
  deductedFirst,
} from './told.fixture-spec.js';

const violations = (operations: readonly Operation[], final?: readonly FinalOrder[]) =>
  checkHistory({ operations, convictions: [] }, final);
const broken = (operations: readonly Operation[], final?: readonly FinalOrder[]): readonly string[] =>
  violations(operations, final).map(({ rule }) => rule);

interface Forgery {
  readonly id: string;
  readonly what: string;
  readonly operations: readonly Operation[];
  readonly final?: readonly FinalOrder[];
}

/** Otherwise honest, and wrong in one thing. */
const forgeries: readonly Forgery[] = [
  {
    id: 'H1',
    what: 'an acknowledged order is not there',
    operations: oneByOne(place('k', 'o'), refused(read('o', 'PENDING', 1), 404)),
  },
  {
    id: 'H1',
    what: 'an acknowledged order cannot be paid, there is none',
    operations: oneByOne(place('k', 'o'), refused(pay('o', 'p', 'CAPTURED'), 404)),
  },
  { id: 'H1', what: 'an acknowledged order is not there in the end', operations: oneByOne(place('k', 'o')), final: [] },
  {
    id: 'H2',
    what: 'the lines of an order change',
    operations: oneByOne(place('k', 'o'), place('k', 'o', { content: 'two teas', replayed: true })),
  },
  {
    id: 'H3',
    what: 'a later read sees an older version',
    operations: oneByOne(read('o', 'AWAITING_PAYMENT', 2), read('o', 'PENDING', 1)),
  },
  {
    id: 'H3',
    what: 'a later read does not see the cancellation',
    operations: oneByOne(cancel('o', 2), read('o', 'PENDING', 1)),
  },
  {
    id: 'H3',
    what: 'the end is older than what was seen',
    operations: oneByOne(place('k', 'o'), read('o', 'AWAITING_PAYMENT', 2)),
    final: [ended('o', 'k', 'PENDING', 1)],
  },
  {
    id: 'H4',
    what: 'an order is paid without having been reserved',
    operations: oneByOne(pay('o', 'p', 'CAPTURED'), read('o', 'PAID', 2, { p: 'CAPTURED' })),
  },
  {
    id: 'H4',
    what: 'a cancelled order waits for its payment',
    operations: oneByOne(cancel('o', 2), read('o', 'AWAITING_PAYMENT', 3)),
  },
  {
    id: 'H4',
    what: 'a cancelled order becomes PAID',
    operations: oneByOne(cancel('o', 2), pay('o', 'p', 'CAPTURED'), read('o', 'PAID', 3, { p: 'CAPTURED' })),
  },
  {
    id: 'H4',
    what: 'one version is two things',
    operations: atOnce(read('o', 'AWAITING_PAYMENT', 2), read('o', 'REJECTED', 2)),
  },
  {
    id: 'H4',
    what: 'the reason of a cancellation changes',
    operations: oneByOne(cancel('o', 2), read('o', 'CANCELLED', 2, {}, 'PAYMENT_TIMEOUT')),
  },
  {
    id: 'H4',
    what: 'an order whose stock is deducted later begins with it',
    operations: oneByOne(read('o', 'AWAITING_PAYMENT', 1)),
  },
  {
    id: 'H4',
    what: 'an order whose stock is deducted first begins without it',
    operations: oneByOne(deductedFirst(read('o', 'PENDING', 1))),
  },
  { id: 'H4', what: 'a version is counted twice', operations: oneByOne(read('o', 'AWAITING_PAYMENT', 3)) },
  {
    id: 'H4',
    what: 'an order in its end is in no state it can reach',
    operations: oneByOne(place('k', 'o'), read('o', 'REJECTED', 2)),
    final: [ended('o', 'k', 'CANCELLED', 3, {}, 'PAYMENT_TIMEOUT')],
  },
  {
    id: 'H4',
    what: 'a cancelled order has no reason',
    operations: oneByOne({
      ...read('o', 'PENDING', 1),
      seen: { order: { status: 'CANCELLED', version: 2, cancelReason: null }, payments: [], replayed: false },
    }),
  },
  {
    id: 'H5',
    what: 'nobody asked for the cancellation',
    operations: oneByOne(place('k', 'o'), read('o', 'CANCELLED', 2)),
  },
  {
    id: 'H5',
    what: 'a refused cancellation has happened',
    operations: oneByOne(refused(cancel('o')), read('o', 'CANCELLED', 2)),
  },
  {
    id: 'H5',
    what: 'the cancellation was seen before anybody asked for it',
    operations: oneByOne(read('o', 'CANCELLED', 2), cancel('o')),
  },
  {
    id: 'H6',
    what: 'one key made two orders',
    operations: oneByOne(place('k', 'o'), place('k', 'o2', { replayed: true })),
  },
  {
    id: 'H6',
    what: 'in the end the key has another order',
    operations: oneByOne(place('k', 'o')),
    final: [ended('o2', 'k', 'PENDING', 1), ended('o', 'k2', 'PENDING', 1)],
  },
  {
    id: 'H7',
    what: 'two keys were told of one order',
    operations: oneByOne(place('k', 'o'), place('k2', 'o', { replayed: true })),
  },
  {
    id: 'H7',
    what: 'in the end the order has another key',
    operations: oneByOne(place('k', 'o')),
    final: [ended('o', 'k2', 'PENDING', 1)],
  },
  {
    id: 'H8',
    what: 'the answer to a repetition has moved on',
    operations: oneByOne(
      place('k', 'o'),
      place('k', 'o', { replayed: true, order: { status: 'AWAITING_PAYMENT', version: 2, cancelReason: null } }),
    ),
  },
  { id: 'H9', what: 'a repeated request is worked on again', operations: oneByOne(place('k', 'o'), place('k', 'o')) },
  {
    id: 'H10',
    what: 'a refused request made an order',
    operations: oneByOne(refused(place('k', ''), 422, { orderId: undefined })),
    final: [ended('o', 'k', 'PENDING', 1)],
  },
  {
    id: 'H11',
    what: 'an order that took the money is not PAID for whoever asks later',
    operations: oneByOne(pay('o', 'p', 'CAPTURED'), read('o', 'AWAITING_PAYMENT', 2)),
  },
  {
    id: 'H11',
    what: 'money was taken for an order that was cancelled',
    operations: atOnce(pay('o', 'p', 'CAPTURED'), cancel('o', 3)),
  },
  {
    id: 'H11',
    what: 'money was taken for an order that is cancelled in the end',
    operations: oneByOne(place('k', 'o'), pay('o', 'p', 'CAPTURED')),
    final: [ended('o', 'k', 'CANCELLED', 3, { p: 'CAPTURED' }, 'PAYMENT_TIMEOUT')],
  },
  { id: 'H12', what: 'an order is PAID without money', operations: oneByOne(read('o', 'PAID', 3)) },
  {
    id: 'H12',
    what: 'an order is PAID with money that goes back',
    operations: oneByOne(pay('o', 'p', 'REFUND_DUE'), read('o', 'PAID', 3, { p: 'REFUND_DUE' })),
  },
  {
    id: 'H12',
    what: 'two payments are captured',
    operations: atOnce(pay('o', 'p', 'CAPTURED'), pay('o', 'p2', 'CAPTURED')),
  },
  {
    id: 'H13',
    what: 'a payment that is due for refund is captured after all',
    operations: oneByOne(pay('o', 'p', 'REFUND_DUE'), pay('o', 'p', 'CAPTURED')),
  },
  {
    id: 'H13',
    what: 'a captured payment is refunded',
    operations: oneByOne(pay('o', 'p', 'CAPTURED'), pay('o', 'p', 'REFUNDED')),
  },
  {
    id: 'H13',
    what: 'a refund is taken back',
    operations: oneByOne(pay('o', 'p', 'REFUNDED'), pay('o', 'p', 'REFUND_DUE')),
  },
  {
    id: 'H13',
    what: 'a payment vanishes',
    operations: oneByOne(cancel('o', 3), pay('o', 'p', 'REFUND_DUE'), read('o', 'CANCELLED', 3)),
  },
  { id: 'H14', what: 'a payment that nobody reported', operations: oneByOne(read('o', 'PAID', 3, { p: 'CAPTURED' })) },
  {
    id: 'H14',
    what: 'a refused payment was recorded',
    operations: oneByOne(refused(pay('o', 'p', 'CAPTURED')), read('o', 'PAID', 3, { p: 'CAPTURED' })),
  },
  {
    id: 'H15',
    what: 'one payment paid two orders',
    operations: oneByOne(pay('o', 'p', 'CAPTURED'), pay('o2', 'p', 'CAPTURED')),
  },
];

it.each(forgeries)('convicts by $id when $what', ({ id, operations, final }) => {
  expect(broken(operations, final)).toContain(id);
});

it('has a forged history for every rule', () => {
  const tried = new Set(forgeries.map(({ id }) => id));
  expect(rules.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
});

it('names the operations that convict, and each rule and order once', () => {
  const [, older, newer] = oneByOne(place('k', 'o'), read('o', 'AWAITING_PAYMENT', 2), read('o', 'PENDING', 1));
  const again = { ...newer!, invokedAt: 90, endedAt: 95 };
  expect(violations([older!, newer!, again])).toEqual([
    { rule: 'H3', sentence: 'who asks later sees no older version', about: 'o', operations: [older, newer] },
  ]);
});

const honest = {
  'an order that goes all the way': {
    operations: oneByOne(
      place('k', 'o'),
      read('o', 'PENDING', 1),
      refused(pay('o', 'p', 'CAPTURED')),
      read('o', 'AWAITING_PAYMENT', 2),
      pay('o', 'p', 'CAPTURED'),
      read('o', 'PAID', 3, { p: 'CAPTURED' }),
      refused(cancel('o')),
      pay('o', 'p', 'CAPTURED'),
      place('k', 'o', { replayed: true }),
    ),
    final: [ended('o', 'k', 'PAID', 3, { p: 'CAPTURED' })],
  },
  'money that comes too late': {
    operations: oneByOne(
      place('k', 'o'),
      cancel('o', 2),
      cancel('o', 2),
      pay('o', 'p', 'REFUND_DUE'),
      read('o', 'CANCELLED', 2, { p: 'REFUND_DUE' }),
      pay('o', 'p', 'REFUNDED'),
    ),
    final: [ended('o', 'k', 'CANCELLED', 2, { p: 'REFUNDED' })],
  },
  'a second payment of a paid order': {
    operations: oneByOne(
      pay('o', 'p', 'CAPTURED'),
      pay('o', 'p2', 'REFUND_DUE'),
      read('o', 'PAID', 3, { p: 'CAPTURED', p2: 'REFUNDED' }),
    ),
  },
  'looks that overlap and see different versions': {
    operations: atOnce(
      place('k', 'o'),
      read('o', 'AWAITING_PAYMENT', 2),
      read('o', 'PENDING', 1),
      unknown(cancel('o')),
      cancel('o', 3),
    ),
  },
  'nothing but unknown outcomes, none of which has happened': {
    operations: oneByOne(unknown(place('k', 'o')), unknown(pay('o', 'p', 'CAPTURED')), unknown(cancel('o'))),
    final: [],
  },
  'unknown outcomes that all have happened': {
    operations: oneByOne(unknown(place('k', 'o')), unknown(pay('o', 'p', 'CAPTURED')), unknown(cancel('o'))),
    final: [ended('o', 'k', 'PAID', 3, { p: 'CAPTURED' })],
  },
  'a lost answer, asked for again': {
    operations: oneByOne(
      unknown(place('k', 'o')),
      refused(place('k', 'o'), 409, { orderId: undefined }),
      place('k', 'o', { replayed: true }),
    ),
    final: [ended('o', 'k', 'REJECTED', 2)],
  },
  'orders whose stock is deducted first': {
    operations: oneByOne(
      deductedFirst(read('o', 'AWAITING_PAYMENT', 1)),
      pay('o', 'p', 'CAPTURED'),
      deductedFirst(read('o', 'PAID', 2, { p: 'CAPTURED' })),
      deductedFirst(read('o2', 'REJECTED', 1)),
    ),
  },
  'an unknown cancellation that takes effect between two looks': {
    operations: oneByOne(unknown(cancel('o')), read('o', 'PENDING', 1), read('o', 'CANCELLED', 2)),
  },
  'an unknown payment, seen as captured': {
    operations: oneByOne(
      unknown(pay('o', 'p', 'CAPTURED')),
      read('o', 'AWAITING_PAYMENT', 2),
      read('o', 'PAID', 3, { p: 'CAPTURED' }),
    ),
  },
  'an order of somebody else': {
    operations: oneByOne(place('k', 'o')),
    final: [ended('o', 'k', 'PENDING', 1), ended('x', 'y', 'PAID', 3, { z: 'CAPTURED' })],
  },
} satisfies Record<string, { operations: readonly Operation[]; final?: readonly FinalOrder[] }>;

it.each(Object.entries(honest))('acquits %s', (_what, history: Omit<Forgery, 'id' | 'what'>) => {
  expect(violations(history.operations, history.final)).toEqual([]);
});
