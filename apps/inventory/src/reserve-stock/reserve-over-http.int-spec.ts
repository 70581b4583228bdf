import { randomUUID } from 'node:crypto';
import { createLogger, createService } from '@halfway/service';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { anOrder, Inventory } from '../inventory.fixture-spec.js';
import { inventoryService } from '../inventory.service.js';

let inventory: Inventory;
let app: NestFastifyApplication;
beforeAll(async () => {
  inventory = await Inventory.open();
  const logger = createLogger({ name: 'inventory', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  // Nobody listens at that endpoint: other tests' messages stay away.
  const environment = { INVENTORY_DATABASE_URL: inventory.database.url, ROCKETMQ_ENDPOINT: '127.0.0.1:1' };
  app = await createService(inventoryService(environment, logger));
});
afterEach(() => inventory.assertInvariants());
afterAll(async () => {
  await app.close();
  await inventory.close();
});

const reserve = async (payload: object) => {
  const answer = await app.inject({ method: 'POST', url: '/reservations', payload });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
};

describe('POST /reservations', () => {
  it('reserves with 201, and shows what GET shows', async () => {
    const sku = await inventory.aSku(5);
    const order = anOrder({ [sku]: 2 });
    const body = { orderId: order.orderId, state: 'RESERVED', reason: null, lines: order.lines };
    expect(await reserve(order)).toEqual({ status: 201, body });
    expect((await app.inject(`/reservations/${order.orderId}`)).json()).toEqual(body);
    expect(await inventory.pieces(sku)).toEqual([3, 2, 0]);
  });

  it('reserves once when it is repeated, also by many at once, and answers 200', async () => {
    const sku = await inventory.aSku(5);
    const order = anOrder({ [sku]: 2 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => reserve(order)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7);
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await inventory.pieces(sku)).toEqual([3, 2, 0]);
  });

  it('is a decision also when the stock is short: 201 REFUSED, and it stays refused when stock arrives', async () => {
    const sku = await inventory.aSku(1);
    const order = anOrder({ [sku]: 2 });
    expect(await reserve(order)).toMatchObject({ status: 201, body: { state: 'REFUSED', reason: expect.any(String) } });
    await inventory.stock.receive({ receiptId: randomUUID(), sku, quantity: 9 });
    expect(await reserve(order)).toMatchObject({ status: 200, body: { state: 'REFUSED' } });
    expect(await inventory.pieces(sku)).toEqual([10, 0, 0]);
  });

  it('answers 200 with the reservation as it is now, also when it is sold', async () => {
    const sku = await inventory.aSku(5);
    const order = anOrder({ [sku]: 2 });
    await reserve(order);
    await inventory.pay(order.orderId);
    expect(await reserve(order)).toMatchObject({ status: 200, body: { state: 'SOLD' } });
  });

  it('is refused with 422 when the order id stands for other lines', async () => {
    const sku = await inventory.aSku(5);
    const order = anOrder({ [sku]: 2 });
    await reserve(order);
    const before = await inventory.everything();
    expect(await reserve(anOrder({ [sku]: 3 }, order.orderId))).toMatchObject({
      status: 422,
      body: { code: 'RESERVATION_CONFLICT' },
    });
    expect(await inventory.everything()).toEqual(before);
  });

  it.each<[string, object]>([
    ['no lines', { lines: [] }],
    ['a sku twice', { lines: [1, 2].map((quantity) => ({ sku: 'a', quantity })) }],
    ['no pieces', { lines: [{ sku: 'a', quantity: 0 }] }],
    ['no uuid', { orderId: 'x' }],
    ['an unknown field', { hold: true }],
  ])('is refused with 400 and changes nothing: %s', async (_, changes) => {
    const before = await inventory.everything();
    const { orderId, lines } = anOrder({ a: 1 });
    expect((await reserve({ orderId, lines, ...changes })).status).toBe(400);
    expect(await inventory.everything()).toEqual(before);
  });
});

describe('a return', () => {
  it('gives back what was deducted, once, however often it comes', async () => {
    const sku = await inventory.aSku(5);
    const order = anOrder({ [sku]: 2 });
    await reserve(order);
    expect(await inventory.giveBack(order.orderId)).toEqual(['returned']);
    expect(await inventory.giveBack(order.orderId)).toEqual(['returned']);
    expect(await inventory.pieces(sku)).toEqual([5, 0, 0]);
    expect(await inventory.ledger(order.orderId)).toEqual(['RESERVE', 'RELEASE']);
  });

  it('that comes before its deduction leaves a tombstone: the deduction is refused with 409 and moves nothing', async () => {
    const sku = await inventory.aSku(5);
    const order = anOrder({ [sku]: 2 });
    expect(await inventory.giveBack(order.orderId)).toEqual(['returned']);
    expect(await reserve(order)).toMatchObject({ status: 409, body: { code: 'RESERVATION_RELEASED' } });
    expect(await inventory.pieces(sku)).toEqual([5, 0, 0]);
  });

  it('of what was refused moves nothing, and the refusal stays', async () => {
    const sku = await inventory.aSku(1);
    const order = anOrder({ [sku]: 2 });
    await reserve(order);
    expect(await inventory.giveBack(order.orderId)).toEqual(['returned']);
    expect(await inventory.state(order.orderId)).toBe('REFUSED');
  });

  it('of what is sold is impossible: a person must look', async () => {
    const sku = await inventory.aSku(5);
    const order = anOrder({ [sku]: 2 });
    await reserve(order);
    await inventory.pay(order.orderId);
    await expect(inventory.giveBack(order.orderId)).rejects.toMatchObject({ code: 'MQ_UNPROCESSABLE' });
  });

  it('and its deduction at the same moment end with nothing held, whoever is first', async () => {
    const sku = await inventory.aSku(100);
    const orders = Array.from({ length: 12 }, () => anOrder({ [sku]: 2 }));
    await Promise.all(orders.flatMap((order) => [reserve(order), inventory.giveBack(order.orderId)]));
    expect(await inventory.pieces(sku)).toEqual([100, 0, 0]);
  });
});
