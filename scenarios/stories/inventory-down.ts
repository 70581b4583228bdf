import { randomUUID } from 'node:crypto';
import type { ByFlow } from '../support/flow.js';
import { parallel, tally, times } from '../support/parallel.js';
import type { Scenario } from '../support/scenario.js';
import { until } from '../support/until.js';

const before = 40;
const during = 20;
const pieces = 1_000;

/** What a customer hears without inventory. */
const withoutInventory: ByFlow<{ answer: string; meaning: string }> = {
  'reserve-on-commit': { answer: '201 PENDING', meaning: 'orders are accepted meanwhile' },
  'return-on-failure': { answer: '503 INVENTORY_UNAVAILABLE', meaning: 'orders are turned away meanwhile' },
};

export const inventoryDown: Scenario = {
  name: 'inventory-down',
  title: 'killed mid-work, orders keep coming, all settle after the restart',
  story:
    `Inventory is killed with SIGKILL while ${before} orders are under way, ${during} more are placed without it. After the ` +
    'restart it gets every message again that it had not acknowledged: all orders settle, with one reservation each.',
  compensating: {
    title: 'killed mid-work, orders are turned away until the restart, nothing is held in vain',
    story:
      `Inventory is killed with SIGKILL while ${before} orders are under way; these and ${during} more that come without it are ` +
      'answered 503. After the restart the customers ask again with the same keys and get their orders; what the failed ' +
      'attempts had deducted goes back.',
  },
  async run(system, flow) {
    const { checks, shop, inventory } = system;
    const { answer, meaning } = withoutInventory[flow];
    const sku = await shop.offer('down', { pieces });
    const customers = times(before + during).map(() => ({
      key: `down-${randomUUID()}`,
      lines: [{ sku, quantity: 2 }],
    }));
    const [first, ...others] = customers.slice(0, before);
    if (!first) throw new Error('Nobody comes. Let there be customers.');

    await shop.untilOrder((await shop.place(first)).orderId, 'AWAITING_PAYMENT');
    const underWay = parallel(others, 8, (customer) => shop.tryPlace(customer));
    await inventory.kill();
    await underWay;
    const turned = await parallel(customers.slice(before), 8, (customer) => shop.tryPlace(customer));
    system.tell(`tried ${during} orders without inventory`);
    const answers = turned.map(({ status, body, problem }) => `${status} ${body?.status ?? problem?.code}`);
    checks.equal(meaning, tally(answers), { [answer]: during });

    await inventory.start();
    const restartedAt = Date.now();
    // Everybody asks again with the same key, whatever the answer was.
    const orders = await parallel(customers, 16, (customer) => shop.place(customer));
    await parallel(orders, 16, ({ orderId }) => shop.untilOrder(orderId, 'AWAITING_PAYMENT', { withinMs: 45_000 }));
    checks.atMost('all settle after the restart', (Date.now() - restartedAt) / 1000, 30, ' s');
    const states = await parallel(
      orders,
      16,
      async ({ orderId }) => (await shop.reservation(orderId)).body?.state ?? 'none',
    );
    checks.equal('every order has its reservation', tally(states), { RESERVED: before + during });
    const held = 2 * (before + during);
    const only = await until(
      'only these are held',
      () => shop.pieces(sku),
      ({ reserved }) => reserved === held,
    );
    checks.equal('and only one', only, { available: pieces - held, reserved: held, sold: 0 });
    return checks.verdict(system.timeline(orders.at(-1)?.orderId ?? '', customers.at(-1)?.key ?? ''));
  },
};
