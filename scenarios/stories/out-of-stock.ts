import type { ByFlow } from '../support/flow.js';
import type { Order } from '../support/resources.js';
import type { Scenario } from '../support/scenario.js';

const answer: ByFlow<Order['status']> = { 'reserve-on-commit': 'PENDING', 'return-on-failure': 'REJECTED' };

export const outOfStock: Scenario = {
  name: 'out-of-stock',
  title: 'one line short: nothing reserved, rejected',
  story:
    'Of two products in the order one is short. Inventory reserves all lines or none, and records the refusal: ' +
    'stock that arrives later does not turn it round.',
  compensating: {
    story:
      'Of two products in the order one is short. Inventory deducts all lines or none, and the client hears of it at once. ' +
      'The order is stored REJECTED all the same: a repeated key gets this answer, also when stock has arrived.',
  },
  async run(system, flow) {
    const { checks, shop } = system;
    const plenty = await shop.offer('plenty', { pieces: 100 });
    const scarce = await shop.offer('scarce', { pieces: 1 });
    const lines = [
      { sku: plenty, quantity: 5 },
      { sku: scarce, quantity: 2 },
    ];

    const { orderId, status } = await shop.place({ lines });
    checks.equal('the answer says what is known', status, answer[flow]);
    await shop.untilOrder(orderId, 'REJECTED');
    const reservation = await shop.untilReservation(orderId, 'REFUSED');
    checks.equal('the refusal has a reason', typeof reservation.reason, 'string');
    checks.equal('nothing of the other line is held', await shop.pieces(plenty), {
      available: 100,
      reserved: 0,
      sold: 0,
    });
    checks.equal('nothing of the short line is held', await shop.pieces(scarce), {
      available: 1,
      reserved: 0,
      sold: 0,
    });

    await shop.receive(scarce, 10);
    const next = await shop.place({ lines });
    await shop.untilOrder(next.orderId, 'AWAITING_PAYMENT');
    await shop.untilOrder(orderId, 'REJECTED');
    checks.equal('a new order gets the new stock', await shop.pieces(scarce), { available: 9, reserved: 2, sold: 0 });
    checks.equal('a rejected order cannot be cancelled', (await shop.tryCancel(orderId)).status, 409);
    return checks.verdict(system.timeline(orderId));
  },
};
