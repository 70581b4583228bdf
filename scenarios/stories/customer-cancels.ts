import type { ByFlow } from '../support/flow.js';
import type { Order, OrderLine } from '../support/resources.js';
import type { Scenario } from '../support/scenario.js';
import type { System } from '../support/system.js';

/** An order whose customer regrets it while inventory is down. */
const regretted: ByFlow<(system: System, lines: readonly OrderLine[]) => Promise<Order>> = {
  'reserve-on-commit': async ({ shop, inventory, checks }, lines) => {
    await inventory.kill();
    const order = await shop.place({ lines });
    checks.equal('an order is accepted without inventory', order.status, 'PENDING');
    return order;
  },
  // Without inventory there would be no order to cancel.
  'return-on-failure': async ({ shop, inventory, checks }, lines) => {
    const order = await shop.place({ lines });
    checks.equal('an order has its stock when it is answered', order.status, 'AWAITING_PAYMENT');
    await inventory.kill();
    return order;
  },
};

export const customerCancels: Scenario = {
  name: 'customer-cancels',
  title: 'cancelled after the reservation, and before it',
  story:
    'One order is cancelled while its stock is reserved. Another is cancelled while inventory is down, so both of its events ' +
    'are still under way: whichever arrives first, nothing stays reserved.',
  compensating: {
    title: 'cancelled with inventory, and without it',
    story:
      'One order is cancelled while its stock is reserved. Another is cancelled while inventory is down: its stock goes back ' +
      'as soon as inventory is up again.',
  },
  async run(system, flow) {
    const { checks, shop, inventory } = system;
    const sku = await shop.offer('regret', { pieces: 10 });
    const lines = [{ sku, quantity: 4 }];

    const reserved = await shop.place({ lines });
    await shop.untilOrder(reserved.orderId, 'AWAITING_PAYMENT');
    const cancelled = await shop.cancel(reserved.orderId);
    checks.equal('the reason is the customer', cancelled.cancelReason, 'CUSTOMER');
    checks.equal('cancelling again changes nothing', (await shop.tryCancel(reserved.orderId)).status, 200);
    await shop.untilReservation(reserved.orderId, 'RELEASED');
    checks.equal('the stock is back', await shop.pieces(sku), { available: 10, reserved: 0, sold: 0 });

    const early = await regretted[flow](system, lines);
    checks.equal('and is cancelled without it', (await shop.cancel(early.orderId)).status, 'CANCELLED');
    await inventory.start();
    await shop.untilReservation(early.orderId, 'RELEASED');
    checks.equal('nothing is held for it', await shop.pieces(sku), { available: 10, reserved: 0, sold: 0 });
    const { amountMinor, currency } = early;
    const late = await shop.tryPay(early.orderId, { paymentId: `regret-${early.orderId}`, amountMinor, currency });
    checks.equal('a payment for it is due for refund', late.body?.state, 'REFUND_DUE');
    return checks.verdict(system.timeline(reserved.orderId, early.orderId));
  },
};
