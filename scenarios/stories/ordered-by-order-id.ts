import { randomUUID } from 'node:crypto';
import { metric, metricsOf } from '../support/metric.js';
import { parallel, tally, times } from '../support/parallel.js';
import type { Scenario } from '../support/scenario.js';
import { firstHandled } from '../support/sequence.js';

const orders = 500;

/** What happens to the n-th order: half are paid, half are cancelled, of those every other one before it is reserved. */
const fate = (index: number) =>
  (['paid', 'cancelled at once', 'paid', 'cancelled later'] as const)[index % 4] ?? 'paid';

export const orderedByOrderId: Scenario = {
  name: 'ordered-by-order-id',
  title: `${orders} orders with several events each, interleaved: each order's events in order`,
  story:
    `${orders} orders are placed, paid and cancelled in parallel, some requests twice. Messages of different orders run past ` +
    'each other; those of one order are handled in the order in which they were committed.',
  async run(system) {
    const { checks, shop } = system;
    const sku = await shop.offer('order', { pieces: 10_000 });

    const services = [system.order, system.inventory];
    const troublesBefore = new Map<string, Troubles>();
    for (const { name, url } of services) troublesBefore.set(name, troubles(await metricsOf(url)));

    const startedAt = Date.now();
    const ids = await parallel(times(orders), 32, async (index) => {
      const request = { key: randomUUID(), lines: [{ sku, quantity: 1 }] };
      const { orderId } = await shop.place(request);
      if (index % 5 === 0) await shop.place(request);
      if (fate(index) !== 'cancelled at once') {
        const order = await shop.untilOrder(orderId, 'AWAITING_PAYMENT');
        const paymentId = `payment-${orderId}`;
        if (fate(index) === 'paid') await shop.pay(order, paymentId);
        if (fate(index) === 'paid' && index % 3 === 0) await shop.pay(order, paymentId);
      }
      if (fate(index) !== 'paid') await shop.cancel(orderId);
      if (fate(index) !== 'paid' && index % 3 === 0) await shop.cancel(orderId);
      return orderId;
    });
    system.tell(`placed, paid and cancelled ${orders} orders`, `in ${Date.now() - startedAt} ms`);

    const wanted = (index: number) => (fate(index) === 'paid' ? 'SOLD' : 'RELEASED');
    await parallel(ids, 32, (orderId, index) => shop.untilReservation(orderId, wanted(index)));
    system.tell('sees every order settled', `after ${Date.now() - startedAt} ms`);

    const states = await parallel(ids, 32, async (orderId) => (await shop.order(orderId)).body?.status ?? 'none');
    checks.equal('half are paid, half cancelled', tally(states), { PAID: orders / 2, CANCELLED: orders / 2 });
    const sold = orders / 2;
    checks.equal('stock says the same', await shop.pieces(sku), { available: 10_000 - sold, reserved: 0, sold });

    const handled = firstHandled(system.inventory.log.read(), ids);
    const overtaken = ids.filter((id) => handled.get(id)?.[0] !== 'order.placed');
    checks.equal('inventory saw every order placed before it was paid or cancelled', overtaken, []);
    for (const { name, url } of services) {
      const { parked, quarantined } = troubles(await metricsOf(url));
      const before = troublesBefore.get(name);
      checks.equal(`${name}: nothing was parked`, parked - (before?.parked ?? 0), 0);
      checks.equal(`${name}: nothing is in quarantine`, quarantined, 0);
    }
    return checks.verdict(system.timeline(ids[1] ?? ''));
  },
};

interface Troubles {
  /** Since the process started. */
  readonly parked: number;
  /** Now. */
  readonly quarantined: number;
}

/** A counter that never counted is not exported. */
const troubles = (text: string): Troubles => ({
  parked: metric(text, 'mq_parkings_total') ?? 0,
  quarantined: metric(text, 'mq_quarantined_messages') ?? 0,
});
