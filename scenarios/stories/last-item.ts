import type { ByFlow } from '../support/flow.js';
import { parallel, tally, times } from '../support/parallel.js';
import type { Scenario } from '../support/scenario.js';
import { until } from '../support/until.js';

const orders = 200;
const pieces = 20;

/** An attempt that fails after its deduction holds a piece for a moment, and who asks then is told for good that there is none. */
const unsoldAtMost: ByFlow<(failedAttempts: number) => number> = {
  'reserve-on-commit': () => 0,
  'return-on-failure': (failedAttempts) => failedAttempts,
};

export const lastItem: Scenario = {
  name: 'last-item',
  title: `${orders} concurrent orders for ${pieces} pieces: never oversold`,
  story: `${orders} customers want one of ${pieces} pieces at the same moment. ${pieces} get one, the others are told so.`,
  compensating: {
    story:
      `${orders} customers want one of ${pieces} pieces at the same moment, and inventory deducts for each by a call of its own. ` +
      `${pieces} get one, the others are told so in the answer. An attempt that fails in the crowd gives its piece back, maybe ` +
      'too late for those who have asked meanwhile.',
  },
  async run(system, flow) {
    const { checks, shop, journal } = system;
    const sku = await shop.offer('last', { pieces });

    const startedAt = Date.now();
    const placed = await parallel(times(orders), orders, () => shop.place({ lines: [{ sku, quantity: 1 }] }));
    system.tell(`placed ${orders} orders at once`, `in ${Date.now() - startedAt} ms`);
    const settled = await parallel(placed, 32, async ({ orderId }) => {
      const look = async () => (await shop.order(orderId)).body?.status ?? 'PENDING';
      return until(`order ${orderId} is settled`, look, (status) => status !== 'PENDING');
    });
    const counts = tally(settled);
    system.tell('sees all of them settled', `${JSON.stringify(counts)} after ${Date.now() - startedAt} ms`);

    const won = counts['AWAITING_PAYMENT'] ?? 0;
    const asked = journal.since(startedAt).filter(({ what }) => what === 'POST /orders');
    const failed = asked.filter(({ detail = '' }) => !detail.startsWith('201')).length;
    checks.equal('everybody gets a piece or hears that there is none', counts, {
      AWAITING_PAYMENT: won,
      REJECTED: orders - won,
    });
    checks.atMost('pieces that found no customer', pieces - won, unsoldAtMost[flow](failed));
    const left = await until(
      'no more is held than was promised',
      () => shop.pieces(sku),
      ({ reserved }) => reserved === won,
    );
    checks.equal('nothing is lost or oversold', left, { available: pieces - won, reserved: won, sold: 0 });
    const rejected = placed[settled.indexOf('REJECTED')];
    return checks.verdict(system.timeline(rejected?.orderId ?? ''));
  },
};
