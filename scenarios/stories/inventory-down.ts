import { parallel, tally, times } from '../support/parallel.js';
import type { Scenario } from '../support/scenario.js';

const before = 40;
const during = 20;

export const inventoryDown: Scenario = {
  name: 'inventory-down',
  title: 'killed mid-work, orders keep coming, all settle after the restart',
  story:
    `Inventory is killed with SIGKILL while ${before} orders are under way, ${during} more are placed without it. After the ` +
    'restart it gets every message again that it had not acknowledged: all orders settle, with one reservation each.',
  async run(system) {
    const { checks, shop, inventory } = system;
    const sku = await shop.offer('down', { pieces: 1_000 });
    const place = () => shop.place({ lines: [{ sku, quantity: 2 }] });

    const first = await place();
    await shop.untilOrder(first.orderId, 'AWAITING_PAYMENT');
    const underWay = parallel(times(before - 1), 8, place);
    await inventory.kill();
    const placedBefore = await underWay;
    const placedDuring = await parallel(times(during), 8, place);
    system.tell(`placed ${during} orders without inventory`);
    checks.equal('orders are accepted meanwhile', placedDuring.length, during);

    await inventory.start();
    const restartedAt = Date.now();
    const orders = [first, ...placedBefore, ...placedDuring];
    await parallel(orders, 16, ({ orderId }) => shop.untilOrder(orderId, 'AWAITING_PAYMENT', { withinMs: 45_000 }));
    checks.atMost('all settle after the restart', (Date.now() - restartedAt) / 1000, 30, ' s');
    const states = await parallel(
      orders,
      16,
      async ({ orderId }) => (await shop.reservation(orderId)).body?.state ?? 'none',
    );
    checks.equal('every order has its reservation', tally(states), { RESERVED: before + during });
    const held = 2 * (before + during);
    checks.equal('and only one', await shop.pieces(sku), { available: 1_000 - held, reserved: held, sold: 0 });
    const [victim = first] = placedDuring;
    return checks.verdict(system.timeline(victim.orderId));
  },
};
