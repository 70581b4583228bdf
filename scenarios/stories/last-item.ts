import { parallel, tally, times } from '../support/parallel.js';
import type { Scenario } from '../support/scenario.js';
import { until } from '../support/until.js';

const orders = 200;
const pieces = 20;

export const lastItem: Scenario = {
  name: 'last-item',
  title: `${orders} concurrent orders for ${pieces} pieces: never oversold`,
  story: `${orders} customers want one of ${pieces} pieces at the same moment. ${pieces} get one, the others are told so.`,
  async run(system) {
    const { checks, shop } = system;
    const sku = await shop.offer('last', { pieces });

    const startedAt = Date.now();
    const placed = await parallel(times(orders), orders, () => shop.place({ lines: [{ sku, quantity: 1 }] }));
    system.tell(`placed ${orders} orders at once`, `in ${Date.now() - startedAt} ms`);
    const settled = await parallel(placed, 32, async ({ orderId }) => {
      const look = async () => (await shop.order(orderId)).body?.status ?? 'PENDING';
      return until(`order ${orderId} is settled`, look, (status) => status !== 'PENDING');
    });
    system.tell('sees all of them settled', `${JSON.stringify(tally(settled))} after ${Date.now() - startedAt} ms`);

    checks.equal('every piece finds one customer', tally(settled), {
      AWAITING_PAYMENT: pieces,
      REJECTED: orders - pieces,
    });
    checks.equal('nothing is left or oversold', await shop.pieces(sku), { available: 0, reserved: pieces, sold: 0 });
    const rejected = placed[settled.indexOf('REJECTED')];
    return checks.verdict(system.timeline(rejected?.orderId ?? ''));
  },
};
