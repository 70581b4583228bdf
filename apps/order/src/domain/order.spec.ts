import fc from 'fast-check';
import { amountOf, type OrderLine, type OrderRequest, placedWith, placeOrder, type Price } from './order.js';
import { AmountTooLargeError, MixedCurrenciesError, UnknownSkuError } from './order.errors.js';

const seal = {
  orderId: '0190a6d0-0000-7000-8000-000000000001',
  createdAt: new Date('2026-01-01T12:00:00.000Z'),
  expiresAt: new Date('2026-01-01T12:30:00.000Z'),
};
const price = (sku: string, unitPriceMinor: number, currency = 'EUR'): Price => ({ sku, unitPriceMinor, currency });
const request = (...lines: readonly (readonly [sku: string, quantity: number])[]): OrderRequest => ({
  customerId: 'customer-1',
  flow: 'reserve-on-commit',
  lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
});

describe('placing an order', () => {
  it('prices every line from the list, in the order of the request', () => {
    const order = placeOrder(request(['tea', 2], ['cup', 1]), [price('cup', 500), price('tea', 1_499)], seal);
    expect(order).toEqual({
      ...seal,
      customerId: 'customer-1',
      status: 'PENDING',
      cancelReason: null,
      flow: 'reserve-on-commit',
      lines: [
        { sku: 'tea', quantity: 2, unitPriceMinor: 1_499 },
        { sku: 'cup', quantity: 1, unitPriceMinor: 500 },
      ],
      amountMinor: 3_498,
      currency: 'EUR',
      version: 1,
      payments: [],
    });
  });

  it('names every unknown sku and where it stands', () => {
    const place = () => placeOrder(request(['tea', 1], ['cap', 1], ['cop', 1]), [price('tea', 1)], seal);
    expect(place).toThrow(UnknownSkuError);
    expect(place).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_SKU',
        errors: [
          expect.objectContaining({ pointer: '/lines/1/sku' }),
          expect.objectContaining({ pointer: '/lines/2/sku' }),
        ],
      }),
    );
  });

  it('takes one currency per order', () => {
    expect(() => placeOrder(request(['a', 1], ['b', 1]), [price('a', 1, 'USD'), price('b', 1, 'EUR')], seal)).toThrow(
      MixedCurrenciesError,
    );
  });

  it.each([
    ['stock.reserved', 'AWAITING_PAYMENT'],
    ['stock.refused', 'REJECTED'],
  ] as const)('is placed with the answer %s as %s, and still as version 1', (answer, status) => {
    const order = placeOrder({ ...request(['a', 1]), flow: 'return-on-failure' }, [price('a', 1)], seal);
    expect(placedWith(order, answer)).toEqual({ ...order, status, flow: 'return-on-failure', version: 1 });
  });

  it('takes the largest exact amount and refuses one more', () => {
    expect(placeOrder(request(['a', 1]), [price('a', Number.MAX_SAFE_INTEGER)], seal).amountMinor).toBe(
      Number.MAX_SAFE_INTEGER,
    );
    expect(() =>
      placeOrder(request(['a', 1], ['b', 1]), [price('a', Number.MAX_SAFE_INTEGER), price('b', 1)], seal),
    ).toThrow(AmountTooLargeError);
  });
});

describe('amount', () => {
  const line = fc.record<OrderLine>({
    sku: fc.string(),
    quantity: fc.integer({ min: 1, max: 1_000 }),
    unitPriceMinor: fc.integer({ min: 1, max: 1_000_000_000_000 }),
  });
  const lines = fc.array(line, { minLength: 1, maxLength: 50 });

  /** The amount, or that it was refused. */
  const outcomeOf = (of: readonly OrderLine[]): bigint | 'too large' => {
    try {
      return BigInt(amountOf(of));
    } catch (error) {
      expect(error).toBeInstanceOf(AmountTooLargeError);
      return 'too large';
    }
  };

  it('is exact, or it is refused', () => {
    fc.assert(
      fc.property(lines, (of) => {
        const exact = of.reduce((sum, l) => sum + BigInt(l.quantity) * BigInt(l.unitPriceMinor), 0n);
        expect(outcomeOf(of)).toBe(exact > BigInt(Number.MAX_SAFE_INTEGER) ? 'too large' : exact);
      }),
    );
  });

  it('does not depend on the order of the lines', () => {
    fc.assert(
      fc.property(lines, (of) => {
        expect(outcomeOf(of.toReversed())).toBe(outcomeOf(of));
      }),
    );
  });
});
