import type { Scenario } from '../support/scenario.js';
import { reservedInTime, shortWindow } from './short-window.js';

export const unpaidExpires: Scenario = {
  name: 'unpaid-expires',
  title: 'not paid in time: cancelled by the delayed message, stock back',
  story:
    'The order service runs with a short payment window. Nobody pays; the delayed message that was armed before the order ' +
    "was written wakes the service, PostgreSQL's clock decides, and the reservation is released.",
  environment: shortWindow,
  async run(system) {
    const { checks, shop } = system;
    const sku = await shop.offer('unpaid', { pieces: 5 });

    const { orderId } = await reservedInTime(system, [{ sku, quantity: 5 }]);
    checks.equal('all pieces are held', await shop.pieces(sku), { available: 0, reserved: 5, sold: 0 });

    const cancelled = await shop.untilOrder(orderId, 'CANCELLED');
    const lateMs = Date.now() - Date.parse(cancelled.expiresAt);
    checks.equal('the reason is the time', cancelled.cancelReason, 'PAYMENT_TIMEOUT');
    checks.atMost('cancelled soon after the window', lateMs / 1000, 10, ' s');
    checks.equal('but not before', lateMs >= 0, true);
    await shop.untilReservation(orderId, 'RELEASED');
    checks.equal('all pieces are back', await shop.pieces(sku), { available: 5, reserved: 0, sold: 0 });
    return checks.verdict(system.timeline(orderId));
  },
};
