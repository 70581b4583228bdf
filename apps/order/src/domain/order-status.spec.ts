import fc from 'fast-check';
import {
  isFinal,
  movedBy,
  nextStatus,
  ORDER_EVENTS,
  ORDER_STATUSES,
  type OrderEvent,
  type OrderStatus,
  outcomeOf,
} from './order-status.js';

const event = fc.constantFrom(...ORDER_EVENTS);

/** Where a history of events leads, as the database would apply them. */
function after(history: readonly OrderEvent[]): OrderStatus {
  return history.reduce<OrderStatus>((status, next) => nextStatus(status, next) ?? status, 'PENDING');
}

describe('order status', () => {
  it.each([
    ['PENDING', 'stock.reserved', 'AWAITING_PAYMENT'],
    ['PENDING', 'stock.refused', 'REJECTED'],
    ['PENDING', 'customer.cancels', 'CANCELLED'],
    ['PENDING', 'window.closes', 'CANCELLED'],
    ['PENDING', 'payment.captured', 'refused'],
    ['AWAITING_PAYMENT', 'payment.captured', 'PAID'],
    ['AWAITING_PAYMENT', 'customer.cancels', 'CANCELLED'],
    ['AWAITING_PAYMENT', 'window.closes', 'CANCELLED'],
    ['AWAITING_PAYMENT', 'stock.reserved', 'stays'],
    ['AWAITING_PAYMENT', 'stock.refused', 'impossible'],
    ['PAID', 'stock.sold', 'stays'],
    ['PAID', 'stock.reserved', 'stays'],
    ['PAID', 'payment.captured', 'refund'],
    ['PAID', 'customer.cancels', 'refused'],
    ['PAID', 'window.closes', 'stays'],
    ['PAID', 'stock.released', 'impossible'],
    ['REJECTED', 'payment.captured', 'refund'],
    ['REJECTED', 'customer.cancels', 'refused'],
    ['REJECTED', 'stock.refused', 'stays'],
    ['CANCELLED', 'stock.reserved', 'stays'],
    ['CANCELLED', 'stock.refused', 'stays'],
    ['CANCELLED', 'stock.released', 'stays'],
    ['CANCELLED', 'customer.cancels', 'stays'],
    ['CANCELLED', 'payment.captured', 'refund'],
    ['CANCELLED', 'stock.sold', 'impossible'],
  ] as const)('%s, when %s: %s', (status, happening, outcome) => {
    expect(outcomeOf(status, happening)).toBe(outcome);
  });

  it('has an outcome for every pair', () => {
    for (const status of ORDER_STATUSES) {
      for (const happening of ORDER_EVENTS) expect(outcomeOf(status, happening)).toEqual(expect.any(String));
    }
  });

  it('ends in PAID, REJECTED and CANCELLED, and nowhere else', () => {
    expect(ORDER_STATUSES.filter(isFinal)).toEqual(['PAID', 'REJECTED', 'CANCELLED']);
  });

  it('every event moves to one status only, so one UPDATE can apply it to many orders', () => {
    for (const happening of ORDER_EVENTS) {
      expect(new Set(movedBy(happening).map((status) => nextStatus(status, happening))).size).toBeLessThanOrEqual(1);
    }
  });

  it('never leaves a final status, whatever follows', () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(event), (before, later) => {
        const status = after(before);
        fc.pre(isFinal(status));
        expect(after([...before, ...later])).toBe(status);
      }),
    );
  });

  it('applies an event that is delivered again without effect', () => {
    fc.assert(
      fc.property(fc.array(event), event, (before, again) => {
        expect(after([...before, again, again])).toBe(after([...before, again]));
      }),
    );
  });

  it('is PAID exactly when it was reserved first, and then paid before it was cancelled', () => {
    const first = (history: readonly OrderEvent[], ...of: OrderEvent[]) => history.find((e) => of.includes(e));
    const byTheBook = (history: readonly OrderEvent[]): boolean => {
      if (first(history, 'stock.reserved', 'stock.refused', 'customer.cancels', 'window.closes') !== 'stock.reserved') {
        return false;
      }
      const later = history.slice(history.indexOf('stock.reserved') + 1);
      return first(later, 'payment.captured', 'customer.cancels', 'window.closes') === 'payment.captured';
    };
    fc.assert(
      fc.property(fc.array(event), (history) => {
        expect(after(history) === 'PAID').toBe(byTheBook(history));
      }),
    );
  });
});
