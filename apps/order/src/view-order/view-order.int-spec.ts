import { OrderServiceUnderTest } from '../order.fixture-spec.js';

interface Page {
  readonly orders: readonly { readonly orderId: string; readonly status: string }[];
  readonly next: string | null;
}

describe('orders and prices, read', () => {
  let service: OrderServiceUnderTest;
  const placed: string[] = [];
  beforeAll(async () => {
    service = await OrderServiceUnderTest.start();
    for (let i = 0; i < 25; i++) placed.push((await service.place()).body.orderId);
    for (const orderId of placed.slice(0, 3)) await service.cancel(orderId);
  });
  afterAll(() => service.stop());

  const list = async (query: string): Promise<Page> => (await service.get<Page>(`/orders${query}`)).body;

  async function follow(query: string): Promise<Page['orders'][number][]> {
    const found: Page['orders'][number][] = [];
    for (let after = ''; ;) {
      const { orders, next } = await list(`?${query}${after}`);
      found.push(...orders);
      if (next === null) return found;
      after = `&after=${next}`;
    }
  }

  it('lists 20 by default, oldest first, and tells where to go on', async () => {
    const { orders, next } = await list('');
    expect(orders.map(({ orderId }) => orderId)).toEqual(placed.slice(0, 20));
    expect(next).toBe(placed[19]);
    expect(await list(`?after=${next}`)).toMatchObject({ next: null, orders: { length: 5 } });
  });

  it.each([1, 5, 7, 25, 100])('shows every order once in pages of %d', async (limit) => {
    expect((await follow(`limit=${limit}`)).map(({ orderId }) => orderId)).toEqual(placed);
  });

  it('filters by status across pages', async () => {
    expect((await follow('status=CANCELLED&limit=2')).map(({ orderId }) => orderId)).toEqual(placed.slice(0, 3));
    expect(await follow('status=PAID')).toEqual([]);
  });

  it('lists the same orders as it shows', async () => {
    const [first] = (await list('?limit=1')).orders;
    expect((await service.get(`/orders/${placed[0]}`)).body).toEqual(first);
  });

  it('shows the lines in the order of the request', async () => {
    const lines = [
      { sku: 'tea', quantity: 1 },
      { sku: 'cup', quantity: 2 },
    ];
    for (const order of [lines, lines.toReversed()]) {
      const { body } = await service.place({ customerId: 'c', lines: order });
      expect((await service.get(`/orders/${body.orderId}`)).body).toMatchObject({ lines: order });
    }
  });

  it('keeps the price list', async () => {
    const product = { name: 'Pot', unitPriceMinor: 2_500, currency: 'EUR' };
    expect(await service.put('/products/pot', product)).toMatchObject({
      status: 200,
      body: { sku: 'pot', ...product },
    });
    const dearer = { ...product, unitPriceMinor: 2_600 };
    expect(await service.put('/products/pot', dearer)).toMatchObject({ status: 200, body: dearer });
    expect((await service.get('/products/pot')).body).toEqual({ sku: 'pot', ...dearer });
    const odd = encodeURIComponent('A/B ½ ü');
    expect((await service.put(`/products/${odd}`, product)).status).toBe(200);
    expect((await service.get(`/products/${odd}`)).body).toMatchObject({ sku: 'A/B ½ ü' });
  });
});
