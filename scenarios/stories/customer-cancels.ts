import type { Scenario } from '../support/scenario.js';

export const customerCancels: Scenario = {
  name: 'customer-cancels',
  title: 'cancelled after the reservation, and before it',
  story:
    'One order is cancelled while its stock is reserved. Another is cancelled while inventory is down, so both of its events ' +
    'are still under way: whichever arrives first, nothing stays reserved.',
  async run(system) {
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

    await inventory.kill();
    const early = await shop.place({ lines });
    checks.equal('an order is accepted without inventory', early.status, 'PENDING');
    checks.equal('and cancelled without it', (await shop.cancel(early.orderId)).status, 'CANCELLED');
    await inventory.start();
    await shop.untilReservation(early.orderId, 'RELEASED');
    checks.equal('nothing is held for it', await shop.pieces(sku), { available: 10, reserved: 0, sold: 0 });
    const { amountMinor, currency } = early;
    const late = await shop.tryPay(early.orderId, { paymentId: `regret-${early.orderId}`, amountMinor, currency });
    checks.equal('a payment for it is due for refund', late.body?.state, 'REFUND_DUE');
    return checks.verdict(system.timeline(reserved.orderId, early.orderId));
  },
};
