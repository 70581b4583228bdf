import { randomUUID } from 'node:crypto';
import type { Answer } from '../../support/http.js';
import type { Order, Payment } from '../../support/resources.js';
import { parallel, tally, times } from '../../support/parallel.js';
import { pointsOf } from '../at-points.js';
import { line, type Cell, type Group } from '../cell.js';
import { Customer, habits, type Habit } from '../customers.js';
import { timings } from '../settings.js';
import type { World } from '../world.js';

/** What only needs a provider who says strange things. */
const strange: readonly Cell[] = [
  {
    id: 'Y3.D',
    kind: 'D',
    title: 'the same payment is reported 20 times at once',
    expected: 'PAID once',
    async play(world) {
      const order = await reserved(world);
      const payment = amountOf(order);
      const answers = await parallel(times(20), 20, () => world.shop.tryPay(order.orderId, payment));
      told(world, answers);
      world.checks.equal('recorded once', answers.filter(({ status }) => status === 201).length <= 1, true);
      world.whenQuiet(() => ends(world, order, 'PAID', ['CAPTURED']));
    },
  },
  {
    id: 'Y4.D',
    kind: 'D',
    title: 'two payments of one order at once',
    expected: 'PAID by one, the other REFUNDED once',
    async play(world) {
      const order = await reserved(world);
      told(world, await parallel(times(2), 2, () => world.shop.tryPay(order.orderId, amountOf(order))));
      world.whenQuiet(() => ends(world, order, 'PAID', ['CAPTURED', 'REFUNDED']));
    },
  },
  {
    id: 'Y5.D',
    kind: 'D',
    title: 'a payment after the cancellation, twice',
    expected: 'CANCELLED, REFUNDED once',
    async play(world) {
      const order = await reserved(world);
      await world.shop.cancel(order.orderId);
      const payment = amountOf(order);
      told(world, await parallel(times(2), 2, () => world.shop.tryPay(order.orderId, payment)));
      world.whenQuiet(() => ends(world, order, 'CANCELLED', ['REFUNDED']));
    },
  },
  {
    id: 'Y6.D',
    kind: 'D',
    title: 'a payment and a cancellation at once',
    expected: 'PAID, or CANCELLED and REFUNDED; never both',
    quick: true,
    async play(world) {
      const orders = [await reserved(world), await reserved(world), await reserved(world)];
      const pairs = await parallel(orders, 3, (order) =>
        Promise.all([world.shop.tryPay(order.orderId, amountOf(order)), world.shop.tryCancel(order.orderId)]),
      );
      told(world, pairs.flat());
      world.whenQuiet(async () => {
        for (const { orderId } of orders) {
          const { status, payments } = (await world.shop.order(orderId)).body ?? {};
          const states = payments?.map(({ state }) => state).join();
          const one = (status === 'PAID' && states === 'CAPTURED') || (status === 'CANCELLED' && states === 'REFUNDED');
          world.checks.equal(`${status} with ${states} is one of the two`, one, true);
        }
      });
    },
  },
  {
    id: 'Y7.D',
    kind: 'D',
    title: 'a payment of another amount, then the right one',
    expected: 'the wrong one REFUNDED once, PAID by the right one',
    async play(world) {
      const order = await reserved(world);
      const wrong = { ...amountOf(order), amountMinor: order.amountMinor - 1 };
      const first = await world.shop.tryPay(order.orderId, wrong);
      told(world, [first, await world.shop.tryPay(order.orderId, amountOf(order))]);
      world.whenQuiet(() => ends(world, order, 'PAID', ['CAPTURED', 'REFUNDED']));
    },
  },
  {
    id: 'Y8.D',
    kind: 'D',
    title: 'a payment of an order that does not exist',
    expected: '404, and nothing is recorded',
    async play(world) {
      world.load.begin();
      const paymentId = `nobody-${randomUUID()}`;
      const answer = await world.shop.tryPay(randomUUID(), { paymentId, amountMinor: 1, currency: 'EUR' });
      told(world, [answer]);
      world.checks.equal('it is turned away', answer.status, 404);
      world.whenQuiet(async () => {
        const found = await world.count('order', 'payment where payment_id = $1', [paymentId]);
        world.checks.equal('nothing is recorded', found, 0);
      });
    },
  },
];

/** An order of our own that waits for its payment, among the others. */
async function reserved(world: World): Promise<Order> {
  world.load.begin();
  const customer = new Customer(world.shop, world.random, world.load.hears);
  return customer.comes('leaves', [world.load.common()]);
}

const amountOf = ({ amountMinor, currency }: Order) => ({
  paymentId: `payment-${randomUUID()}`,
  amountMinor,
  currency,
});

function told(world: World, answers: readonly Answer<Order | Payment>[]): void {
  world.healed();
  world.note(`answers ${JSON.stringify(tally(answers.map(({ status }) => status)))}`);
}

async function ends(
  { shop, checks }: World,
  { orderId }: Order,
  status: Order['status'],
  states: readonly Payment['state'][],
): Promise<void> {
  const order = (await shop.order(orderId)).body;
  checks.equal('the order is', order?.status, status);
  checks.equal('its payments are', order?.payments.map(({ state }) => state).sort(), states);
}

const { kill, fail, delay } = pointsOf('order');
const pastIdleMs = timings.idleInTransactionMs + 500;
/** Money that no order takes, every now and then: somebody pays and cancels at the same moment. */
const refunds: Readonly<Record<Habit, number>> = { ...habits, 'cancels and pays': 12, 'pays late': 6 };

/** The same with customers of whom many get their money back. */
const refunding = (cell: Cell): Cell => ({
  ...cell,
  play: async (world) => {
    await world.customers({ habits: refunds });
    await cell.play(world);
  },
});

export const payments: Group = {
  name: 'Y · payments and refunds',
  about: 'The money is real: it pays the order, or it goes back once.',
  cells: [
    line({
      id: 'Y1',
      title: 'the payment is reported, before it is recorded',
      expected: 'nothing is recorded; reported again, it pays once',
      faults: {
        K: kill('pay.before-insert'),
        E: fail('pay.before-insert'),
        L: delay(pastIdleMs, 'pay.before-insert'),
      },
    }),
    line({
      id: 'Y2',
      title: 'the payment is recorded and the order PAID, before COMMIT',
      expected: 'PostgreSQL aborts both; reported again, it pays once',
      faults: { K: kill('pay.after-insert'), E: fail('pay.after-insert'), L: delay(pastIdleMs, 'pay.after-insert') },
      quick: ['K'],
    }),
    strange,
    ...[
      line({
        id: 'Y9',
        title: 'money that cannot be used is recorded, before the answer',
        expected: 'reported again, it is the same payment; REFUNDED once',
        faults: { K: kill('pay.after-refund-due', { hit: 1 }), T: fail('pay.after-refund-due', { hit: 1 }) },
      }),
      line({
        id: 'Y10',
        title: 'the refund is claimed, before the provider is asked',
        expected: 'claimed again; REFUNDED once',
        faults: { K: kill('refund.before-provider', { hit: 1 }), E: fail('refund.before-provider', { hit: 1 }) },
        check: refundedOnce,
      }),
      line({
        id: 'Y11',
        title: 'the provider has sent the money, and we do not know',
        expected: 'the provider is asked again and sends nothing more',
        faults: {
          K: kill('refund.after-provider', { hit: 1 }),
          T: fail('refund.after-provider', { hit: 1 }),
          L: delay(5_500, 'refund.after-provider', { hit: 1 }),
        },
        check: refundedOnce,
      }),
      line({
        id: 'Y12',
        title: 'the refund is recorded',
        expected: 'REFUNDED once',
        faults: { K: kill('refund.after-record', { hit: 1 }), E: fail('refund.after-record', { hit: 1 }) },
        check: refundedOnce,
      }),
    ].map((cells) => cells.map(refunding)),
  ].flat(2),
};

/** The provider's own books, which remember through our crashes. */
async function refundedOnce(world: World): Promise<void> {
  const strangers = await world.count(
    'order',
    `payment p full join simulated_provider.refund r using (payment_id)
      where (p.state = 'REFUNDED') is distinct from (r.payment_id is not null)`,
  );
  world.checks.equal('who got his money back, and nobody else, is in the books of the provider', strangers, 0);
}
