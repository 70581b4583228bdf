import fc from 'fast-check';
import { ORDER_STATUSES } from './order-status.js';
import { isSameCapture, judgeCapture } from './payment.js';
import { wakeAfterMs, wakeAgainAt } from './payment-window.js';

const capture = { paymentId: 'p1', orderId: 'o1', amountMinor: 1_000, currency: 'EUR' };

describe('a captured payment', () => {
  it.each([
    ['PENDING', 1_000, 'EUR', 'wait'],
    ['PENDING', 1, 'USD', 'wait'],
    ['AWAITING_PAYMENT', 1_000, 'EUR', 'pay'],
    ['AWAITING_PAYMENT', 999, 'EUR', 'refund'],
    ['AWAITING_PAYMENT', 1_001, 'EUR', 'refund'],
    ['AWAITING_PAYMENT', 1_000, 'USD', 'refund'],
    ['PAID', 1_000, 'EUR', 'refund'],
    ['REJECTED', 1_000, 'EUR', 'refund'],
    ['CANCELLED', 1_000, 'EUR', 'refund'],
  ] as const)('for an order that is %s, of %d %s: %s', (status, amountMinor, currency, outcome) => {
    expect(judgeCapture({ status, amountMinor: 1_000, currency: 'EUR' }, { amountMinor, currency })).toBe(outcome);
  });

  it('pays only what is open, and only to the cent', () => {
    const amounts = fc.integer({ min: 1, max: 3 });
    const currencies = fc.constantFrom('EUR', 'USD');
    fc.assert(
      fc.property(
        fc.constantFrom(...ORDER_STATUSES),
        amounts,
        currencies,
        amounts,
        currencies,
        (status, a, c, b, d) => {
          const pays = judgeCapture({ status, amountMinor: a, currency: c }, { amountMinor: b, currency: d }) === 'pay';
          expect(pays).toBe(status === 'AWAITING_PAYMENT' && a === b && c === d);
        },
      ),
    );
  });

  it.each([
    [{}, true],
    [{ orderId: 'o2' }, false],
    [{ amountMinor: 1_001 }, false],
    [{ currency: 'USD' }, false],
    [{ paymentId: 'p2' }, false],
  ])('repeated with %j is the same: %s', (changes, same) => {
    expect(isSameCapture(capture, { ...capture, ...changes })).toBe(same);
  });
});

describe('the alarm of a payment window', () => {
  it('is set after the window and within what the broker takes', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (windowMs) => {
        const afterMs = wakeAfterMs(windowMs);
        expect(Number.isInteger(afterMs)).toBe(true);
        expect(afterMs).toBeGreaterThanOrEqual(Math.min(86_400_000, Math.max(1_000, windowMs)));
        expect(afterMs).toBeLessThanOrEqual(86_400_000);
      }),
    );
  });

  const minutes = (count: number): number => count * 60_000;
  const closesAt = new Date('2026-01-01T12:00:00Z');
  const wokenAfter = (ourClock: number): number =>
    wakeAgainAt(closesAt, new Date(closesAt.getTime() + ourClock)).getTime() - closesAt.getTime();

  it('is set again for when the window closes, also by a service whose clock is behind', () => {
    expect([-minutes(5), -minutes(15), -minutes(60)].map(wokenAfter)).toEqual([1_000, 1_000, 1_000]);
  });

  it('is set again within what the broker takes, also by a service whose clock is far off', () => {
    expect(wokenAfter(minutes(10))).toBe(minutes(10) + 2_000);
    expect(wokenAfter(-minutes(60 * 48))).toBe(-minutes(60 * 24));
  });
});
