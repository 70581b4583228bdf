import type { Scenario } from '../support/scenario.js';

const tellsOfAReservation = {
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
};

export const happyPath: Scenario = {
  name: 'happy-path',
  title: 'placed, reserved, paid, sold',
  story: 'An order of two products is placed. Inventory reserves both, the payment is captured, inventory sells them.',
  async run(system) {
    const { checks, shop } = system;
    const tea = await shop.offer('tea', { pieces: 10, unitPriceMinor: 450 });
    const pot = await shop.offer('pot', { pieces: 3, unitPriceMinor: 2_900 });
    const lines = [
      { sku: tea, quantity: 2 },
      { sku: pot, quantity: 1 },
    ];

    const { orderId, amountMinor } = await shop.place({ lines });
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
    const reserving = steps.filter(({ eventType = '' }) => ['order.placed', 'stock.reserved'].includes(eventType));
    for (const [service, expected] of Object.entries(tellsOfAReservation)) {
      const told = new Set(reserving.filter((each) => each.service === service).map(({ step }) => step));
      const untold = expected.filter((step) => !told.has(step));
      checks.equal(`${service} tells every step of the reservation`, untold, []);
    }
    return checks.verdict(system.timeline(orderId));
  },
};
