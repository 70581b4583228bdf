import { randomUUID } from 'node:crypto';
import { createLogger, createService } from '@halfway/service';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { eventually } from '../../../test/support/eventually.js';
import { openPostgresWire } from '../../../scenarios/faults/postgres-wire.js';
import { anOrder, Inventory } from './inventory.fixture-spec.js';
import { MAX_STOCK } from './domain/stock.js';
import { inventoryService } from './inventory.service.js';

/** Nobody listens at that endpoint: the service works without its broker, and other tests' messages stay away. */
const serviceAt = (url: string) => {
  const logger = createLogger({ name: 'inventory', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const environment = { INVENTORY_DATABASE_URL: url, ROCKETMQ_ENDPOINT: '127.0.0.1:1' };
  return createService(inventoryService(environment, logger));
};

let inventory: Inventory;
let app: NestFastifyApplication;
beforeAll(async () => {
  inventory = await Inventory.open();
  app = await serviceAt(inventory.database.url);
});
afterEach(() => inventory.assertInvariants());
afterAll(async () => {
  await app.close();
  await inventory.close();
});

const get = async (url: string) => {
  const answer = await app.inject(url);
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
};
const receive = async (sku: string, payload: object) => {
  const url = `/stock/${encodeURIComponent(sku)}/receipts`;
  const answer = await app.inject({ method: 'POST', url, payload });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
};
const aSku = () => `sku ${randomUUID()} ☕`;

describe('a receipt of stock', () => {
  it('is booked with 201 and shown', async () => {
    const sku = aSku();
    const stock = { sku, total: 5, available: 5, reserved: 0, sold: 0 };
    expect(await receive(sku, { receiptId: randomUUID(), quantity: 5 })).toEqual({ status: 201, body: stock });
    expect(await get(`/stock/${encodeURIComponent(sku)}`)).toEqual({ status: 200, body: stock });
  });

  it('counts once when it is repeated, also by many at once, and answers 200 with the stock as it is', async () => {
    const [sku, receiptId] = [aSku(), randomUUID()];
    const answers = await Promise.all(Array.from({ length: 12 }, () => receive(sku, { receiptId, quantity: 5 })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(11);
    await receive(sku, { receiptId: randomUUID(), quantity: 2 });
    const again = await receive(sku, { receiptId, quantity: 5 });
    expect(again).toMatchObject({ status: 200, body: { total: 7, available: 7 } });
  });

  it.each<[string, (sku: string) => [string, number]]>([
    ['another quantity', (sku) => [sku, 6]],
    ['another sku', () => [aSku(), 5]],
  ])('is refused with 422 when its id stands for %s', async (_, other) => {
    const [sku, receiptId] = [aSku(), randomUUID()];
    await receive(sku, { receiptId, quantity: 5 });
    const before = await inventory.everything();
    const [otherSku, quantity] = other(sku);
    expect(await receive(otherSku, { receiptId, quantity })).toMatchObject({
      status: 422,
      body: { code: 'RECEIPT_CONFLICT' },
    });
    expect(await inventory.everything()).toEqual(before);
  });

  it('is refused with 422 when the stock would be larger than can be counted', async () => {
    const sku = aSku();
    await receive(sku, { receiptId: randomUUID(), quantity: 1_000_000 });
    await inventory.database.owner.query(
      `with big as (update stock set total = $2, available = $2 where sku = $1 returning sku),
            more as (insert into stock_receipt values ($3, gen_random_uuid(), $1, $4) returning entry_id)
       insert into stock_ledger (order_id, sku, kind, quantity, debit, credit)
       select entry_id, sku, 'RECEIVE', $4, 'AVAILABLE', 'SUPPLIER' from big, more`,
      [sku, MAX_STOCK - 1, randomUUID(), MAX_STOCK - 1_000_001],
    );
    const before = await inventory.everything();
    expect(await receive(sku, { receiptId: randomUUID(), quantity: 2 })).toMatchObject({
      status: 422,
      body: { code: 'STOCK_TOO_LARGE' },
    });
    expect(await inventory.everything()).toEqual(before);
    expect(await receive(sku, { receiptId: randomUUID(), quantity: 1 })).toMatchObject({ status: 201 });
  });

  it.each<[string, string, unknown, string]>([
    ['no quantity', 'A', { receiptId: 'r' }, '/quantity'],
    ['quantity 0', 'A', { receiptId: 'r', quantity: 0 }, '/quantity'],
    ['a negative quantity', 'A', { receiptId: 'r', quantity: -1 }, '/quantity'],
    ['a fraction', 'A', { receiptId: 'r', quantity: 0.5 }, '/quantity'],
    ['quantity as text', 'A', { receiptId: 'r', quantity: '5' }, '/quantity'],
    ['over a million', 'A', { receiptId: 'r', quantity: 1_000_001 }, '/quantity'],
    ['no receipt id', 'A', { quantity: 1 }, '/receiptId'],
    ['an empty receipt id', 'A', { receiptId: '', quantity: 1 }, '/receiptId'],
    ['a receipt id of 65 characters', 'A', { receiptId: 'r'.repeat(65), quantity: 1 }, '/receiptId'],
    ['a receipt id with NUL', 'A', { receiptId: 'a\0', quantity: 1 }, '/receiptId'],
    ['an unknown field', 'A', { receiptId: 'r', quantity: 1, price: 1 }, '/price'],
    ['a sku of 65 characters', 'A'.repeat(65), { receiptId: 'r', quantity: 1 }, '/sku'],
    ['a sku with a line break', 'A\nB', { receiptId: 'r', quantity: 1 }, '/sku'],
    ['a sku of spaces', '  ', { receiptId: 'r', quantity: 1 }, '/sku'],
  ])('is refused with 400 and changes nothing: %s', async (_, sku, payload, pointer) => {
    const before = await inventory.everything();
    const { status, body } = await receive(sku, payload as object);
    expect({ status, body }).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(body['errors']).toEqual(expect.arrayContaining([expect.objectContaining({ pointer })]));
    expect(await inventory.everything()).toEqual(before);
  });
});

describe('stock', () => {
  it('that was never received is 404', async () => {
    expect(await get('/stock/never')).toMatchObject({ status: 404, body: { code: 'STOCK_NOT_FOUND' } });
  });

  it('is listed page by page, each sku once', async () => {
    const mine = await Promise.all(Array.from({ length: 5 }, () => inventory.aSku(1)));
    const seen: string[] = [];
    let after = '';
    let pages = 0;
    do {
      const { body } = await get(`/stock?limit=2${after && `&after=${encodeURIComponent(after)}`}`);
      const { stock, next } = body as { stock: { sku: string }[]; next: string | null };
      expect(stock.length).toBeLessThanOrEqual(2);
      seen.push(...stock.map(({ sku }) => sku));
      after = next ?? '';
      pages += 1;
    } while (after && pages < 100);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(mine));
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'after=', 'after=%00', 'page=2', 'limit=1&limit=2'])(
    'is refused with 400 for ?%s',
    async (query) => {
      expect(await get(`/stock?${query}`)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    },
  );
});

describe('a reservation', () => {
  it('shows state, reason and lines, whatever became of the order', async () => {
    const sku = await inventory.aSku(2);
    const [good, bad, buried] = [anOrder({ [sku]: 2 }), anOrder({ [sku]: 1 }), randomUUID()];
    await inventory.place(good, bad);
    await inventory.cancel(buried);
    const lines = [{ sku, quantity: 2 }];
    expect((await get(`/reservations/${good.orderId}`)).body).toEqual({
      orderId: good.orderId,
      state: 'RESERVED',
      reason: null,
      lines,
    });
    expect((await get(`/reservations/${bad.orderId}`)).body).toEqual({
      orderId: bad.orderId,
      state: 'REFUSED',
      reason: `Not enough stock of ${sku}.`,
      lines: [{ sku, quantity: 1 }],
    });
    expect((await get(`/reservations/${buried}`)).body).toEqual({
      orderId: buried,
      state: 'RELEASED',
      reason: null,
      lines: [],
    });
    await inventory.pay(good.orderId);
    expect((await get(`/reservations/${good.orderId}`)).body).toMatchObject({ state: 'SOLD', lines });
  });

  it('that does not exist is 404', async () => {
    const answer = await get(`/reservations/${randomUUID()}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'RESERVATION_NOT_FOUND' } });
  });

  it.each(['x', '1', "' or 1=1", '%00', `${randomUUID()}0`])('is refused with 400 for the order id %s', async (id) => {
    expect(await get(`/reservations/${encodeURIComponent(id)}`)).toMatchObject({ status: 400 });
  });
});

describe('the service', () => {
  it('documents its routes', async () => {
    const { body } = await get('/docs-json');
    expect(Object.keys(body['paths'] as object).toSorted()).toEqual([
      '/health/live',
      '/health/ready',
      '/reservations',
      '/reservations/{orderId}',
      '/reservations/{orderId}/timeline',
      '/stock',
      '/stock/{sku}',
      '/stock/{sku}/receipts',
    ]);
  });

  it('answers 503 with Retry-After while its database is away, and is back by itself', async () => {
    const wire = await openPostgresWire(inventory.database.url);
    const behind = await serviceAt(wire.url);
    try {
      expect((await behind.inject('/stock')).statusCode).toBe(200);
      wire.cut();
      const answer = await behind.inject('/stock');
      expect(answer.json()).toMatchObject({ status: 503, code: 'TEMPORARILY_UNAVAILABLE' });
      expect(answer.headers['retry-after']).toBe('1');
      const { checks } = (await behind.inject('/health/ready')).json<{ checks: Record<string, object> }>();
      expect(checks['database']).toMatchObject({ status: 'down' });
      expect((await behind.inject('/health/live')).statusCode).toBe(200);
      wire.heal();
      await eventually(async () => expect((await behind.inject('/stock')).statusCode).toBe(200));
    } finally {
      await behind.close();
      await wire.close();
    }
  });
});
