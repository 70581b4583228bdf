import { randomUUID } from 'node:crypto';
import { expectInvariants, OrderServiceUnderTest } from '../order.fixture-spec.js';
import type { StockAnswer } from './settle-order.js';
import { answer, placeReserved } from './stock-answers.fixture-spec.js';

describe("the inventory's answers", () => {
  let service: OrderServiceUnderTest;
  beforeAll(async () => {
    service = await OrderServiceUnderTest.start();
  });
  afterAll(() => service.stop());
  afterEach(() => expectInvariants(service));

  const PENDING = async (): Promise<string> => (await service.place()).body.orderId;
  const AWAITING_PAYMENT = (): Promise<string> => placeReserved(service);
  const PAID = async (): Promise<string> => {
    const orderId = await AWAITING_PAYMENT();
    await service.pay(orderId);
    return orderId;
  };
  const REJECTED = async (): Promise<string> => {
    const orderId = await PENDING();
    await answer(service, 'stock.refused', orderId);
    return orderId;
  };
  const CANCELLED = async (): Promise<string> => {
    const orderId = await PENDING();
    await service.cancel(orderId);
    return orderId;
  };
  const orders = { PENDING, AWAITING_PAYMENT, PAID, REJECTED, CANCELLED };

  it.each<[keyof typeof orders, StockAnswer, string]>([
    ['PENDING', 'stock.reserved', 'AWAITING_PAYMENT'],
    ['PENDING', 'stock.refused', 'REJECTED'],
    ['AWAITING_PAYMENT', 'stock.reserved', 'AWAITING_PAYMENT'],
    ['PAID', 'stock.reserved', 'PAID'],
    ['PAID', 'stock.sold', 'PAID'],
    ['REJECTED', 'stock.refused', 'REJECTED'],
    ['CANCELLED', 'stock.reserved', 'CANCELLED'],
    ['CANCELLED', 'stock.refused', 'CANCELLED'],
    ['CANCELLED', 'stock.released', 'CANCELLED'],
  ])('an order that is %s, on %s: %s, once or twice', async (status, stock, then) => {
    const orderId = await orders[status]();
    await answer(service, stock, orderId);
    const { version } = (await service.get(`/orders/${orderId}`)).body;
    await answer(service, stock, orderId);
    expect((await service.get(`/orders/${orderId}`)).body).toMatchObject({ status: then, version });
  });

  it.each<[keyof typeof orders, StockAnswer]>([
    ['PENDING', 'stock.released'],
    ['PENDING', 'stock.sold'],
    ['AWAITING_PAYMENT', 'stock.refused'],
    ['AWAITING_PAYMENT', 'stock.sold'],
    ['PAID', 'stock.released'],
    ['REJECTED', 'stock.reserved'],
    ['CANCELLED', 'stock.sold'],
  ])('refuses to believe, for an order that is %s, %s', async (status, stock) => {
    const orderId = await orders[status]();
    await expect(answer(service, stock, orderId)).rejects.toMatchObject({ code: 'MQ_UNPROCESSABLE' });
    expect(await service.statusOf(orderId)).toBe(status);
  });

  it('refuses to believe anything of an order that does not exist', async () => {
    await expect(answer(service, 'stock.reserved', randomUUID())).rejects.toMatchObject({ code: 'MQ_UNPROCESSABLE' });
  });

  it('moves many orders with one update, and leaves those alone that are final', async () => {
    const pending = await Promise.all(Array.from({ length: 20 }, PENDING));
    const cancelled = await CANCELLED();
    await answer(service, 'stock.reserved', ...pending, cancelled);
    expect(new Set(await Promise.all(pending.map((id) => service.statusOf(id))))).toEqual(
      new Set(['AWAITING_PAYMENT']),
    );
    expect(await service.statusOf(cancelled)).toBe('CANCELLED');
  });

  it('never deadlocks when two instances apply overlapping batches', async () => {
    const pending = await Promise.all(Array.from({ length: 30 }, PENDING));
    await Promise.all([
      answer(service, 'stock.reserved', ...pending),
      answer(service, 'stock.reserved', ...pending.toReversed()),
    ]);
    const versions = await service.rows<{ version: number }>('select version from orders where order_id = any($1)', [
      pending,
    ]);
    expect(versions.every(({ version }) => version === 2)).toBe(true);
  });
});
