import type { ByFlow } from '../support/flow.js';
import type { Scenario } from '../support/scenario.js';

/** What is told of a reservation: about which events, and by whom. */
const reservation: ByFlow<{ answer: string; events: readonly string[]; told: Record<string, readonly string[]> }> = {
  'reserve-on-commit': {
    answer: 'PENDING',
    events: ['order.placed', 'stock.reserved'],
    told: {
      order: [
        'half message sent',
        'local transaction committed',
        'verdict sent',
        'event relayed',
        'event received',
        'event handled',
        'event acknowledged',
        'message acknowledged',
      ],
      inventory: ['event received', 'event handled', 'reply sent', 'message acknowledged'],
    },
  },
  'return-on-failure': {
    answer: 'AWAITING_PAYMENT',
    events: ['stock.return'],
    told: { order: ['half message sent', 'verdict sent'] },
  },
};

export const happyPath: Scenario = {
  name: 'happy-path',
  title: 'placed, reserved, paid, sold',
  story: 'An order of two products is placed. Inventory reserves both, the payment is captured, inventory sells them.',
  compensating: {
    story:
      'An order of two products is placed. Inventory is called and deducts both before the order exists, so the answer is ' +
      'final and the half message "return the stock" is rolled back. The payment is captured, inventory sells them.',
  },
  async run(system, flow) {
    const { checks, shop } = system;
    const { answer, events, told: tellers } = reservation[flow];
    const tea = await shop.offer('tea', { pieces: 10, unitPriceMinor: 450 });
    const pot = await shop.offer('pot', { pieces: 3, unitPriceMinor: 2_900 });
    const lines = [
      { sku: tea, quantity: 2 },
      { sku: pot, quantity: 1 },
    ];

    const { orderId, amountMinor, status } = await shop.place({ lines });
    checks.equal('the answer says how far it is', status, answer);
    checks.equal('the service prices the order', amountMinor, 3_800);
    const order = await shop.untilOrder(orderId, 'AWAITING_PAYMENT');
    checks.equal('the tea is reserved', await shop.pieces(tea), { available: 8, reserved: 2, sold: 0 });

    const payment = await shop.pay(order);
    checks.equal('the payment is captured', payment.state, 'CAPTURED');
    await shop.untilOrder(orderId, 'PAID');
    await shop.untilReservation(orderId, 'SOLD');
    checks.equal('the tea is sold', await shop.pieces(tea), { available: 8, reserved: 0, sold: 2 });
    checks.equal('the pot is sold', await shop.pieces(pot), { available: 2, reserved: 0, sold: 1 });

    const { complete, steps } = await shop.untilTold(orderId, ['event acknowledged', 'message acknowledged']);
    checks.equal('the order service tells its whole life', complete, true);
    const reserving = steps.filter(({ eventType = '' }) => events.includes(eventType));
    for (const [service, expected] of Object.entries(tellers)) {
      const told = new Set(reserving.filter((each) => each.service === service).map(({ step }) => step));
      const untold = expected.filter((step) => !told.has(step));
      checks.equal(`${service} tells every step of the reservation`, untold, []);
    }
    return checks.verdict(system.timeline(orderId));
  },
};
