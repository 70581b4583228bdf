import fc from 'fast-check';
import { MAX_STOCK, type OrderToReserve, reserve } from './stock.js';

const order = (orderId: string, ...lines: readonly [sku: string, quantity: number][]): OrderToReserve => ({
  orderId,
  lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
});
const available = (stock: Readonly<Record<string, number>>) => new Map(Object.entries(stock));
const refusals = (orders: readonly OrderToReserve[], stock: Readonly<Record<string, number>>) =>
  reserve(orders, available(stock)).map(({ refusal }) => refusal);

describe('reserving', () => {
  it.each<[string, readonly OrderToReserve[], Readonly<Record<string, number>>, readonly (string | null)[]]>([
    ['takes the last piece', [order('1', ['A', 2])], { A: 2 }, [null]],
    ['refuses one piece more', [order('1', ['A', 3])], { A: 2 }, ['Not enough stock of A.']],
    ['refuses a sku that was never received', [order('1', ['B', 1])], { A: 2 }, ['Not enough stock of B.']],
    [
      'names every short sku',
      [order('1', ['A', 3], ['B', 1], ['C', 1])],
      { A: 2, C: 1 },
      ['Not enough stock of A, B.'],
    ],
    [
      'takes nothing for an order with one short line, so that the next one gets it',
      [order('1', ['A', 2], ['B', 1]), order('2', ['A', 2])],
      { A: 2 },
      ['Not enough stock of B.', null],
    ],
    [
      'serves orders in the order in which they came',
      [order('1', ['A', 1]), order('2', ['A', 2]), order('3', ['A', 1])],
      { A: 2 },
      [null, 'Not enough stock of A.', null],
    ],
    ['does not add up beyond the numbers of PostgreSQL', [order('1', ['A', MAX_STOCK])], { A: MAX_STOCK }, [null]],
  ])('%s', (_, orders, stock, expected) => {
    expect(refusals(orders, stock)).toEqual(expected);
  });

  it('keeps a reason short however many skus are short', () => {
    const lines = Array.from({ length: 50 }, (_, i): [string, number] => [String(i).padStart(64, '#'), 1]);
    const [reason = ''] = refusals([order('1', ...lines)], {});
    expect(reason?.length).toBeLessThanOrEqual(500);
    expect(reason).toMatch(/^Not enough stock of #+0, .+ and 43 more\.$/);
  });
});

const sku = fc.constantFrom('A', 'B', 'C', 'D');
const stock = fc.dictionary(sku, fc.nat({ max: 20 }));
const orders = fc
  .array(fc.uniqueArray(fc.tuple(sku, fc.integer({ min: 1, max: 8 })), { minLength: 1, selector: ([name]) => name }), {
    maxLength: 20,
  })
  .map((all) => all.map((lines, i) => order(String(i), ...lines)));

describe('whatever is ordered', () => {
  it('no sku is reserved beyond what was available, and every order gets all of its lines or none', () => {
    fc.assert(
      fc.property(orders, stock, (all, before) => {
        const left = available(before);
        for (const { lines, refusal } of reserve(all, available(before))) {
          const fits = lines.every((line) => (left.get(line.sku) ?? 0) >= line.quantity);
          // Refused if and only if it did not fit into what the ones before have left.
          expect(refusal === null).toBe(fits);
          if (fits) for (const line of lines) left.set(line.sku, (left.get(line.sku) ?? 0) - line.quantity);
        }
        for (const pieces of left.values()) expect(pieces).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('a batch decides as its orders one by one would', () => {
    fc.assert(
      fc.property(orders, stock, fc.nat(20), (all, before, cut) => {
        const left = available(before);
        const first = reserve(all.slice(0, cut), left);
        for (const { lines, refusal } of first) {
          if (refusal === null) for (const line of lines) left.set(line.sku, (left.get(line.sku) ?? 0) - line.quantity);
        }
        const second = reserve(all.slice(cut), left);
        expect([...first, ...second]).toEqual(reserve(all, available(before)));
      }),
    );
  });
});
