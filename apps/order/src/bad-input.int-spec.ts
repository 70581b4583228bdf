import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { AMOUNT, anOrder, expectInvariants, OrderServiceUnderTest, type ProblemAnswer } from './order.fixture-spec.js';

type Row = [what: string, method: string, path: string, body: unknown, status: number, code: string, headers?: object];

const key = { 'idempotency-key': 'bad-input' };
const ORDER = '0190a6d0-0000-7000-8000-000000000001';
const line = (changes: object): object => anOrder({ lines: [{ sku: 'tea', quantity: 1, ...changes }] });
const payment = (changes: object): object => ({ paymentId: 'p', ...AMOUNT, ...changes });
const product = (changes: object): object => ({ name: 'x', unitPriceMinor: 1, currency: 'EUR', ...changes });

const place = (what: string, body: unknown, status = 400, code = 'VALIDATION_FAILED', headers: object = key): Row => [
  `order: ${what}`,
  'POST',
  '/orders',
  body,
  status,
  code,
  headers,
];
const pay = (what: string, body: unknown, status = 400, code = 'VALIDATION_FAILED'): Row => [
  `payment: ${what}`,
  'POST',
  '/orders/:open/payments',
  body,
  status,
  code,
];
const put = (what: string, body: unknown, path = '/products/tea'): Row => [
  `product: ${what}`,
  'PUT',
  path,
  body,
  400,
  'VALIDATION_FAILED',
];
const get = (path: string, status = 400, code = 'VALIDATION_FAILED'): Row => [
  `GET ${path}`,
  'GET',
  path,
  undefined,
  status,
  code,
];

const TABLE: Row[] = [
  place('without a key', anOrder(), 400, 'VALIDATION_FAILED', {}),
  place('with an empty key', anOrder(), 400, 'VALIDATION_FAILED', { 'idempotency-key': '' }),
  place('with a key of 256 characters', anOrder(), 400, 'VALIDATION_FAILED', { 'idempotency-key': 'x'.repeat(256) }),
  place('without a body', undefined),
  place('no JSON', '{"customerId":', 400, 'MALFORMED_REQUEST'),
  place('an array', []),
  place('null', 'null'),
  place('a number', '7'),
  place('an unknown field', anOrder({ amountMinor: 1 })),
  place('a prototype key', '{"__proto__":{"a":1},"customerId":"c","lines":[{"sku":"tea","quantity":1}]}'),
  place('without customer', anOrder({ customerId: undefined })),
  place('an empty customer', anOrder({ customerId: '' })),
  place('a customer of 65 characters', anOrder({ customerId: 'x'.repeat(65) })),
  place('a customer with a NUL', anOrder({ customerId: 'a\0b' })),
  place('a customer with a line break', anOrder({ customerId: 'a\nb' })),
  place('a customer that is a number', anOrder({ customerId: 7 })),
  place('without lines', anOrder({ lines: undefined })),
  place('no lines', anOrder({ lines: [] })),
  place('lines that are no list', anOrder({ lines: { sku: 'tea', quantity: 1 } })),
  place('lines of nothing', anOrder({ lines: [null] })),
  place('lines of texts', anOrder({ lines: ['tea'] })),
  place('51 lines', anOrder({ lines: Array.from({ length: 51 }, (_, i) => ({ sku: `s${i}`, quantity: 1 })) })),
  place(
    'a sku twice',
    anOrder({
      lines: [
        { sku: 'tea', quantity: 1 },
        { sku: 'tea', quantity: 2 },
      ],
    }),
  ),
  place('an empty sku', line({ sku: '' })),
  place('a sku of 65 characters', line({ sku: 'x'.repeat(65) })),
  place('a sku that is a list', line({ sku: ['tea'] })),
  place('a price from the client', line({ unitPriceMinor: 1 })),
  ...[0, -1, 1_001, 1.5, '1', null, true, 1e300].map((quantity) =>
    place(`quantity ${JSON.stringify(quantity)}`, line({ quantity })),
  ),
  place('flow null', anOrder({ flow: null })),
  place('an unknown flow', anOrder({ flow: 'hope' })),
  place('an unknown sku', line({ sku: 'unknown' }), 422, 'UNKNOWN_SKU'),
  place(
    'two currencies',
    anOrder({
      lines: [
        { sku: 'tea', quantity: 1 },
        { sku: 'dollar', quantity: 1 },
      ],
    }),
    422,
    'MIXED_CURRENCIES',
  ),
  place('over 64 KiB', anOrder({ customerId: 'x'.repeat(66_000) }), 413, 'BODY_TOO_LARGE'),
  pay('without a body', undefined),
  pay('without id', payment({ paymentId: undefined })),
  pay('an empty id', payment({ paymentId: '' })),
  pay('an id of 65 characters', payment({ paymentId: 'x'.repeat(65) })),
  ...[0, -1, 1.5, '1', null, 2 ** 53].map((amountMinor) =>
    pay(`amount ${JSON.stringify(amountMinor)}`, payment({ amountMinor })),
  ),
  ...['', 'eur', 'EURO', null, 7].map((currency) => pay(`currency ${JSON.stringify(currency)}`, payment({ currency }))),
  pay('an unknown field', payment({ state: 'CAPTURED' })),
  pay('too early', payment({}), 409, 'ORDER_PENDING'),
  ['payment: an order id that is none', 'POST', '/orders/7/payments', payment({}), 400, 'VALIDATION_FAILED'],
  ['payment: an unknown order', 'POST', `/orders/${ORDER}/payments`, payment({}), 404, 'ORDER_NOT_FOUND'],
  ['cancellation: an order id that is none', 'POST', '/orders/x/cancellation', undefined, 400, 'VALIDATION_FAILED'],
  ['cancellation: a field', 'POST', '/orders/:open/cancellation', { reason: 'x' }, 400, 'VALIDATION_FAILED'],
  ['cancellation: a list', 'POST', '/orders/:open/cancellation', [], 400, 'VALIDATION_FAILED'],
  ['cancellation: an unknown order', 'POST', `/orders/${ORDER}/cancellation`, undefined, 404, 'ORDER_NOT_FOUND'],
  put('without a body', undefined),
  put('without a name', product({ name: undefined })),
  put('a name of 201 characters', product({ name: 'x'.repeat(201) })),
  ...[0, -1, 1.5, '1', 1_000_000_000_001].map((unitPriceMinor) =>
    put(`price ${JSON.stringify(unitPriceMinor)}`, product({ unitPriceMinor })),
  ),
  ...['', 'eur', null].map((currency) => put(`currency ${JSON.stringify(currency)}`, product({ currency }))),
  put('another sku in the body', product({ sku: 'cup' })),
  put('a sku of 65 characters', product({}), `/products/${'x'.repeat(65)}`),
  put('a sku with a NUL', product({}), '/products/a%00b'),
  get('/orders/7'),
  get(`/orders/${ORDER}`, 404, 'ORDER_NOT_FOUND'),
  get('/orders?status=OPEN'),
  get('/orders?limit=0'),
  get('/orders?limit=101'),
  get('/orders?limit=ten'),
  get('/orders?after=7'),
  get('/orders?sort=asc'),
  get('/products/unknown', 404, 'PRODUCT_NOT_FOUND'),
  get('/nowhere', 404, 'ROUTE_NOT_FOUND'),
];

describe('bad input', () => {
  let service: OrderServiceUnderTest;
  let open: string;
  beforeAll(async () => {
    service = await OrderServiceUnderTest.start();
    open = (await service.place()).body.orderId;
  });
  afterAll(async () => {
    await expectInvariants(service);
    await service.stop();
  });

  // One parameter: jest would take a missing last one for its own `done`.
  it.each(TABLE.map((row) => [row[0], row] as const))(
    '%s',
    async (_what, [, method, path, body, status, code, headers]) => {
      const before = await service.census();
      const answer = await service.request<ProblemAnswer>(method, path.replace(':open', open), body, headers);
      expect(answer).toMatchObject({ status, body: { status, code } });
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      expect(answer.text).not.toMatch(/ at .*\.(?:js|ts)|node_modules|postgres|select |insert /i);
      expect(await service.census()).toEqual(before);
    },
  );

  it('order: with two keys', async () => {
    const before = await service.census();
    const sent = request(`${service.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': ['one', 'two'] },
    }).end(JSON.stringify(anOrder()));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(400);
    expect(await json(answer)).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '/Idempotency-Key' }] });
    expect(await service.census()).toEqual(before);
  });

  it('points to every flaw at once', async () => {
    const { body } = await service.place<ProblemAnswer>({
      customerId: '',
      lines: [{ sku: 'tea', quantity: 0, price: 1 }],
    });
    const pointers = body.errors?.map(({ pointer }) => pointer);
    expect(new Set(pointers)).toEqual(new Set(['/customerId', '/lines/0/quantity', '/lines/0/price']));
  });

  it('points to the skus that are unknown', async () => {
    const lines = [
      { sku: 'tea', quantity: 1 },
      { sku: 'unknown', quantity: 1 },
    ];
    const { body } = await service.place<ProblemAnswer>(anOrder({ lines }), randomUUID());
    expect(body.errors).toEqual([expect.objectContaining({ pointer: '/lines/1/sku' })]);
  });
});
