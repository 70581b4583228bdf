import type { ByFlow } from '../support/flow.js';
import { parallel, tally, times } from '../support/parallel.js';
import type { Order } from '../support/resources.js';
import type { Scenario } from '../support/scenario.js';

const orders = 20;
const answer: ByFlow<Order['status']> = { 'reserve-on-commit': 'PENDING', 'return-on-failure': 'AWAITING_PAYMENT' };

export const brokerDown: Scenario = {
  name: 'broker-down',
  title: 'orders are accepted without RocketMQ and flow when it is back',
  story:
    `Broker and proxy are killed with SIGKILL. ${orders} orders are placed meanwhile: each is committed together with its ` +
    'event, without a half message. When the broker is back, the sweeper sends what nobody has acknowledged.',
  compensating: {
    title: 'orders are accepted without RocketMQ, and are final',
    story:
      `Broker and proxy are killed with SIGKILL. ${orders} orders are placed meanwhile: stock is deducted by a call, and the ` +
      'intent, a row of the order service, does what the half message would have done. Nothing is left to flow when the ' +
      'broker is back.',
  },
  breaks: 'broker',
  async run(system, flow) {
    const { checks, shop, broker } = system;
    if (!broker) throw new Error('The broker is not ours to kill. Unset ROCKETMQ_ENDPOINT to play this scenario.');
    const sku = await shop.offer('broker', { pieces: 1_000 });

    await broker.kill();
    const startedAt = Date.now();
    const placed = await parallel(times(orders), 5, () => shop.place({ lines: [{ sku, quantity: 1 }] }));
    system.tell(`placed ${orders} orders without a broker`, `in ${Date.now() - startedAt} ms`);
    const answers = tally(placed.map(({ status }) => status));
    checks.equal('all orders are accepted', answers, { [answer[flow]]: orders });
    checks.atMost('without waiting for it', (Date.now() - startedAt) / 1000, 20, ' s');

    await broker.start();
    const backAt = Date.now();
    await parallel(placed, 10, ({ orderId }) => shop.untilOrder(orderId, 'AWAITING_PAYMENT', { withinMs: 60_000 }));
    checks.atMost('all settle once it is back', (Date.now() - backAt) / 1000, 30, ' s');
    checks.equal('each reserved once', await shop.pieces(sku), {
      available: 1_000 - orders,
      reserved: orders,
      sold: 0,
    });
    const [victim] = placed;
    return checks.verdict(system.timeline(victim?.orderId ?? ''));
  },
};
