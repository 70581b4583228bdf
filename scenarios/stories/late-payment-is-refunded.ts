import type { Scenario } from '../support/scenario.js';
import { until } from '../support/until.js';
import { reservedInTime, shortWindow } from './short-window.js';

export const latePaymentIsRefunded: Scenario = {
  name: 'late-payment-is-refunded',
  title: 'money that comes too late goes back once',
  story:
    'The order has expired when the provider reports the capture. The money is real, so it is recorded as due for refund in ' +
    'the same transaction, and refunded once, however often the provider repeats itself.',
  environment: shortWindow,
  async run(system) {
    const { checks, shop } = system;
    const sku = await shop.offer('late', { pieces: 1 });

    const { orderId, amountMinor, currency } = await reservedInTime(system, [{ sku, quantity: 1 }]);
    await shop.untilOrder(orderId, 'CANCELLED');

    const paymentId = `late-${orderId}`;
    const late = await shop.tryPay(orderId, { paymentId, amountMinor, currency });
    checks.equal('the payment is taken note of', late.status, 201);
    checks.equal('and due for refund', late.body?.state, 'REFUND_DUE');
    const again = await shop.tryPay(orderId, { paymentId, amountMinor, currency });
    checks.equal('the same payment again is the same payment', again.status, 200);

    const payments = await until(
      'the payment is refunded',
      async () => (await shop.order(orderId)).body?.payments ?? [],
      (seen) => seen.every(({ state }) => state === 'REFUNDED'),
    );
    shop.journal.write({ who: 'client', what: 'sees REFUNDED', about: [orderId] });
    checks.equal('refunded once', payments.length, 1);
    const { status } = await shop.untilOrder(orderId, 'CANCELLED');
    checks.equal('the order stays cancelled', status, 'CANCELLED');
    await shop.untilReservation(orderId, 'RELEASED');
    checks.equal('the piece is for sale again', await shop.pieces(sku), { available: 1, reserved: 0, sold: 0 });
    return checks.verdict(system.timeline(orderId));
  },
};
