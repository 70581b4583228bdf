import type { Scenario } from '../support/scenario.js';

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
    return checks.verdict(system.timeline(orderId));
  },
};
