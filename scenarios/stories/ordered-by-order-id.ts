import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ByFlow } from '../support/flow.js';
import { metric, metricsOf } from '../support/metric.js';
import { parallel, tally, times } from '../support/parallel.js';
import type { Scenario } from '../support/scenario.js';
import { firstHandled } from '../support/sequence.js';
import { until } from '../support/until.js';

const orders = 500;

/** What happens to the n-th order: half are paid, half are cancelled, of those every other one before it is reserved. */
const fate = (index: number) =>
  (['paid', 'cancelled at once', 'paid', 'cancelled later'] as const)[index % 4] ?? 'paid';

const ending = (index: number): string => (fate(index) === 'paid' ? 'order.paid' : 'order.cancelled');

/** What inventory hears of the n-th order, by message and in this order. */
const heard: ByFlow<{ sentence: string; of: (index: number) => readonly string[] }> = {
  'reserve-on-commit': {
    sentence: 'inventory saw every order placed before it was paid or cancelled',
    of: (index) => ['order.placed', ending(index)],
  },
  'return-on-failure': {
    sentence: 'inventory heard one thing of every order: paid, or cancelled',
    of: (index) => [ending(index)],
  },
};

export const orderedByOrderId: Scenario = {
  name: 'ordered-by-order-id',
  title: `${orders} orders with several events each, interleaved: each order's events in order`,
  story:
    `${orders} orders are placed, paid and cancelled in parallel, some requests twice. Messages of different orders run past ` +
    'each other; those of one order are handled in the order in which they were committed.',
  compensating: {
    title: `${orders} orders, deducted by a call and ended by a message: no message overtakes the call`,
    story:
      `${orders} orders are placed, paid and cancelled in parallel, some requests twice. Stock is deducted before an order ` +
      'exists, so whatever a message says about an order, its stock is there; each order has one message, which sells or ' +
      'releases it once.',
  },
  async run(system, flow) {
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

    const { sentence, of } = heard[flow];
    const handled = await until(
      'inventory has told of every message',
      () => firstHandled(system.inventory.log.read(), ids),
      (seen) => ids.every((id, index) => (seen.get(id)?.length ?? 0) >= of(index).length),
    );
    const overtaken = ids.filter((id, index) => !isDeepStrictEqual(handled.get(id), of(index)));
    checks.equal(sentence, overtaken, []);
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
