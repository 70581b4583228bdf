import { randomUUID } from 'node:crypto';
import { UnprocessableMessageError } from '@halfway/mq';
import { anOrder, Inventory } from '../inventory.fixture-spec.js';

let inventory: Inventory;
beforeAll(async () => void (inventory = await Inventory.open()));
afterEach(() => inventory.assertInvariants());
afterAll(() => inventory.close());

/** Orders of 2 pieces, reserved out of 100. */
async function reserved(count: number) {
  const sku = await inventory.aSku(100);
  const orders = Array.from({ length: count }, () => anOrder({ [sku]: 2 }));
  await inventory.place(...orders);
  return { sku, orders, orderIds: orders.map(({ orderId }) => orderId) };
}
async function refused() {
  const sku = await inventory.aSku(1);
  const order = anOrder({ [sku]: 2 });
  await inventory.place(order);
  return { sku, order, orderId: order.orderId };
}

describe('paid orders', () => {
  it('are sold, in one transaction', async () => {
    const { sku, orderIds } = await reserved(3);
    expect(await inventory.pay(...orderIds)).toEqual(['sold', 'sold', 'sold']);
    expect(await inventory.pieces(sku)).toEqual([94, 0, 6]);
    expect(await inventory.ledger(String(orderIds[0]))).toEqual(['RESERVE', 'SELL']);
  });

  it('are sold once, however often and by however many consumers they are handled', async () => {
    const { sku, orderIds } = await reserved(10);
    const told = await Promise.all(
      Array.from({ length: 6 }, (_, i) => inventory.pay(...(i % 2 ? orderIds : orderIds.toReversed()))),
    );
    expect(new Set(told.flat())).toEqual(new Set(['sold']));
    expect(await inventory.pieces(sku)).toEqual([80, 0, 20]);
  });

  it('are answered "reserved" when their placing is delivered again', async () => {
    const { orders, orderIds } = await reserved(1);
    await inventory.pay(...orderIds);
    expect(await inventory.place(...orders)).toEqual(['reserved']);
    expect(await inventory.state(String(orderIds[0]))).toBe('SOLD');
  });

  it.each<[string, () => Promise<string>]>([
    ['nothing is known of', () => Promise.resolve(randomUUID())],
    ['was refused', async () => (await refused()).orderId],
    [
      'was released',
      async () => {
        const { orderIds } = await reserved(1);
        await inventory.cancel(...orderIds);
        return String(orderIds[0]);
      },
    ],
  ])('go to quarantine with their neighbours untouched when the reservation %s', async (_, impossible) => {
    const { orderIds } = await reserved(1);
    const orderId = await impossible();
    const before = await inventory.everything();
    await expect(inventory.pay(...orderIds, orderId)).rejects.toThrow(UnprocessableMessageError);
    expect(await inventory.everything()).toEqual(before);
    // As the library does: each alone.
    expect(await inventory.pay(...orderIds)).toEqual(['sold']);
  });
});

describe('cancelled orders', () => {
  it('give back what they held, in one transaction', async () => {
    const { sku, orderIds } = await reserved(3);
    expect(await inventory.cancel(...orderIds)).toEqual(['released', 'released', 'released']);
    expect(await inventory.pieces(sku)).toEqual([100, 0, 0]);
    expect(await inventory.ledger(String(orderIds[0]))).toEqual(['RESERVE', 'RELEASE']);
  });

  it('give it back once, however often and by however many consumers they are handled', async () => {
    const { sku, orderIds } = await reserved(10);
    const told = await Promise.all(
      Array.from({ length: 6 }, (_, i) => inventory.cancel(...(i % 2 ? orderIds : orderIds.toReversed()))),
    );
    expect(new Set(told.flat())).toEqual(new Set(['released']));
    expect(await inventory.pieces(sku)).toEqual([100, 0, 0]);
  });

  it('leave a tombstone when they come before their order, which then reserves nothing', async () => {
    const sku = await inventory.aSku(10);
    const order = anOrder({ [sku]: 2 });
    expect(await inventory.cancel(order.orderId)).toEqual(['released']);
    expect(await inventory.state(order.orderId)).toBe('RELEASED');
    expect(await inventory.place(order)).toEqual(['released']);
    expect(await inventory.place(order)).toEqual(['released']);
    expect(await inventory.pieces(sku)).toEqual([10, 0, 0]);
  });

  it('get no stock from nothing when they were refused, and stay refused', async () => {
    const { sku, order, orderId } = await refused();
    expect(await inventory.cancel(orderId)).toEqual(['released']);
    expect(await inventory.state(orderId)).toBe('REFUSED');
    expect(await inventory.place(order)).toEqual(['refused']);
    expect(await inventory.pieces(sku)).toEqual([1, 0, 0]);
  });

  it('go to quarantine when they are sold', async () => {
    const { orderIds } = await reserved(1);
    await inventory.pay(...orderIds);
    const before = await inventory.everything();
    await expect(inventory.cancel(randomUUID(), ...orderIds)).rejects.toThrow(UnprocessableMessageError);
    expect(await inventory.everything()).toEqual(before);
  });
});

describe('events of the same orders at the same moment', () => {
  it('leave nothing held when placing and cancelling race', async () => {
    const skus = await Promise.all([inventory.aSku(500), inventory.aSku(500), inventory.aSku(500)]);
    const orders = Array.from({ length: 60 }, (_, i) =>
      anOrder({ [String(skus[i % 3])]: 1, [String(skus[(i + 1) % 3])]: 2 }),
    );
    const ids = orders.map(({ orderId }) => orderId);
    const slices = Array.from({ length: 12 }, (_, i) => [i * 5, i * 5 + 5] as const);
    await Promise.all(
      slices.flatMap(([from, to]) => [
        inventory.place(...orders.slice(from, to)),
        inventory.cancel(...ids.slice(from, to).toReversed()),
        inventory.place(...orders.slice(from, to).toReversed()),
      ]),
    );
    for (const sku of skus) expect(await inventory.pieces(sku)).toEqual([500, 0, 0]);
    for (const orderId of ids) expect(await inventory.state(orderId)).toBe('RELEASED');
  });

  it('never deadlock when placing, selling and releasing share their skus', async () => {
    const skus = await Promise.all(Array.from({ length: 4 }, () => inventory.aSku(1_000)));
    const several = (count: number, turn: number) =>
      Array.from({ length: count }, (_, i) =>
        anOrder(Object.fromEntries(skus.map((_sku, k) => [String(skus[(k + i + turn) % 4]), 1 + (k % 2)]))),
      );
    const [toSell, toRelease] = [several(20, 0), several(20, 1)];
    await inventory.place(...toSell, ...toRelease);
    const sells = toSell.map(({ orderId }) => inventory.pay(orderId));
    const releases = toRelease.map(({ orderId }) => inventory.cancel(orderId));
    const places = several(20, 2).map((order) => inventory.place(order));
    const told = await Promise.all([...sells, ...releases, ...places]);
    expect(told.flat().toSorted()).toEqual([
      ...releases.map(() => 'released'),
      ...places.map(() => 'reserved'),
      ...sells.map(() => 'sold'),
    ]);
  });
});
