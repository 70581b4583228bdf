import { NoAnswerError, type Answer } from '../support/http.js';
import type { Order, Payment } from '../support/resources.js';
import { checkHistory } from './check-history.js';
import { ClientHistory } from './client-history.js';

const order = (changes: Partial<Order> = {}): Order => ({
  orderId: 'o',
  customerId: 'c',
  status: 'PENDING',
  cancelReason: null,
  flow: 'reserve-on-commit',
  lines: [],
  amountMinor: 1,
  currency: 'EUR',
  expiresAt: '',
  createdAt: '',
  version: 1,
  payments: [],
  ...changes,
});
const answer = <T>(status: number, body?: T, headers = {}): Answer<T> => ({
  status,
  body,
  problem: body ? undefined : { title: '', status, code: 'CODE' },
  headers,
  durationMs: 1,
});
const read = { client: 'c', kind: 'read', orderId: 'o' } as const;
const place = { client: 'c', kind: 'place', key: 'k' } as const;

it.each([
  ['an answer', 'ok', () => answer(201, order())],
  ['a refusal', 'failed', () => answer<Order>(409)],
  ['a 5xx', 'unknown', () => answer<Order>(503)],
  [
    'a connection that was refused',
    'failed',
    () => Promise.reject(new NoAnswerError('failed', '', 'ECONNREFUSED', {})),
  ],
  ['a time-out', 'unknown', () => Promise.reject(new NoAnswerError('unknown', '', 'TimeoutError', {}))],
  ['an answer that nobody understands', 'unknown', () => Promise.reject(new SyntaxError('not JSON'))],
] as const)('records %s as %s, and the caller gets what came', async (_what, outcome, send) => {
  const history = new ClientHistory();
  const came = await Promise.allSettled([history.record(place, async () => send())]);
  expect(came).toEqual(await Promise.allSettled([(async () => send())()]));
  expect(history.operations).toMatchObject([{ kind: 'place', key: 'k', outcome }]);
});

it('keeps what an answer says: of an order, of a replay, of a payment', async () => {
  const history = new ClientHistory();
  await history.record(place, async () => answer(201, order(), { 'idempotency-replayed': 'true' }));
  const payment: Payment = { paymentId: 'p', orderId: 'o', amountMinor: 1, currency: 'EUR', state: 'CAPTURED' };
  await history.record({ client: 'c', kind: 'pay', orderId: 'o', paymentId: 'p' }, async () => answer(201, payment));
  expect(history.operations.map(({ orderId, seen }) => ({ orderId, ...seen, content: typeof seen?.content }))).toEqual([
    {
      orderId: 'o',
      order: { status: 'PENDING', version: 1, cancelReason: null, flow: 'reserve-on-commit' },
      payments: [],
      content: 'string',
      replayed: true,
    },
    { orderId: 'o', payments: [{ paymentId: 'p', state: 'CAPTURED' }], content: 'undefined', replayed: false },
  ]);
  expect(history.placements).toEqual([{ key: 'k', orderId: 'o' }]);
});

it('knows what is under way: its effect may be seen before its answer', async () => {
  const history = new ClientHistory();
  let resolve: (answer: Answer<Order>) => void = () => {};
  const answered = new Promise<Answer<Order>>((settle) => (resolve = settle));
  const cancelling = history.record({ client: 'c', kind: 'cancel', orderId: 'o' }, () => answered);
  const cancelled = order({ status: 'CANCELLED', cancelReason: 'CUSTOMER', version: 2 });
  await history.record(read, async () => answer(200, cancelled));
  expect(checkHistory(history)).toEqual([]);
  resolve(answer(200, cancelled));
  await cancelling;
  expect(checkHistory(history)).toEqual([]);
});

it('is bounded by the orders, not by the requests, and forgets nothing that convicts', async () => {
  const history = new ClientHistory(50);
  const look = (seen: Partial<Order>) => history.record(read, async () => answer(200, order(seen)));
  await history.record(place, async () => answer(201, order()));
  for (let count = 0; count < 1_000; count++) await look({ status: 'AWAITING_PAYMENT', version: 2 });
  expect(history.size).toBe(1_001);
  expect(history.operations.length).toBeLessThan(60);
  expect(history.placements).toEqual([{ key: 'k', orderId: 'o' }]);
  expect(checkHistory(history)).toEqual([]);
  await look({});
  expect(checkHistory(history)).toMatchObject([{ rule: 'H3', about: 'o' }]);
  for (let count = 0; count < 100; count++) await look({ status: 'AWAITING_PAYMENT', version: 2 });
  expect(checkHistory(history)).toMatchObject([{ rule: 'H3', about: 'o' }]);
});
