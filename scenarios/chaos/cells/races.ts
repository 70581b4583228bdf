import type { Order } from '../../support/resources.js';
import { parallel, times } from '../../support/parallel.js';
import { until } from '../../support/until.js';
import type { Cell, Group } from '../cell.js';
import { Customer, habits, type Habit } from '../customers.js';
import { shortWindowMs, timings } from '../settings.js';
import type { World } from '../world.js';
import { endsInTime, untilAllExpired } from './timers.js';

/** Between the look at an order, which only chooses what to try, and the UPDATE that decides. */
const betweenMs = 2_500;

const customerOf = ({ shop, random, load }: World): Customer => new Customer(shop, random, load.hears);

/** An order of our own, among others that neither pay nor cancel: the armed point must meet ours. */
async function waitingForPayment(world: World): Promise<Order> {
  const onlyLeave = Object.fromEntries(Object.keys(habits).map((habit) => [habit, habit === 'leaves' ? 1 : 0]));
  // The keys are those of the habits.
  const load = await world.customers({ habits: onlyLeave as Record<Habit, number> });
  load.begin();
  return customerOf(world).comes('leaves', [world.load.common()]);
}

async function endsAs(world: World, { orderId }: Order, expected: string): Promise<void> {
  const { status, payments = [] } = (await world.shop.order(orderId)).body ?? {};
  world.checks.equal('the order and its money', [status, ...payments.map(({ state }) => state)].join(' '), expected);
}

/** The first is held up on its way, the second begins and ends meanwhile. */
async function overtaken(world: World, point: string, first: () => Promise<unknown>, second: () => Promise<unknown>) {
  const { faults } = world.system.order;
  await faults.arm(`${point}:delay:${betweenMs}:1`);
  const slow = first();
  await until(
    'the first is on its way',
    () => faults.state(),
    ({ fired }) => fired.length > 0,
  );
  await second();
  await slow;
  world.healed();
}

const cancelledBeforePaid: Cell = {
  id: 'Y13.L',
  kind: 'L',
  point: 'publish.after-half@order.paid',
  title: 'an order is cancelled between the look at it and the UPDATE of its payment',
  expected: 'CANCELLED, the money goes back',
  async play(world) {
    const order = await waitingForPayment(world);
    const customer = customerOf(world);
    const cancel = () => customer.cancels(order);
    await overtaken(world, 'publish.after-half@order.paid', () => customer.pays(order), cancel);
    world.whenQuiet(() => endsAs(world, order, 'CANCELLED REFUNDED'));
  },
};

const paidBeforeCancelled: Cell = {
  id: 'Y14.L',
  kind: 'L',
  point: 'publish.after-half@order.cancelled',
  title: 'an order is paid between the look at it and the UPDATE of its cancellation',
  expected: 'PAID, the cancellation is refused',
  async play(world) {
    const order = await waitingForPayment(world);
    const customer = customerOf(world);
    const pay = () => customer.pays(order);
    await overtaken(world, 'publish.after-half@order.cancelled', () => customer.cancels(order), pay);
    world.whenQuiet(() => endsAs(world, order, 'PAID CAPTURED'));
  },
};

const lateCommits = 3;

const lateCommit: Cell = {
  id: 'C13.L',
  kind: 'L',
  title: 'the connection is lost and its COMMIT arrives a moment later, while the service asks how it ended',
  expected: 'whoever asks waits for it; one decision',
  async play(world) {
    const { shop, load, random, system } = world;
    const wire = system.wires.orderPostgres;
    const lateMs: number[] = [];
    for (let time = 1; time <= lateCommits; time++) {
      wire.trapCommit('held-back');
      const placed = shop.place({ lines: load.lines() });
      await until('a COMMIT of the order service is held back', () => wire.trapped, Boolean);
      const ms = random.integer(100, 400);
      await world.lasts(ms);
      wire.releaseCommit();
      await placed;
      lateMs.push(ms);
    }
    world.note(`COMMITs came ${lateMs.join(', ')} ms after the end of their connections`);
    world.healed();
  },
};

const ordersAtOnce = 120;

const oppositeOrder: Cell = {
  id: 'I14.D',
  kind: 'D',
  title: `${ordersAtOnce} orders name the same products, each in an order of its own, and most are cancelled`,
  expected: 'no transaction dies of a deadlock',
  async play(world) {
    const { shop, random, system } = world;
    const skus = await parallel(times(6), 6, (each) => shop.offer(`hot-${each}`, { pieces: 10_000 }));
    // Locks are held for a moment longer, as on a slower disk.
    await system.inventory.faults.arm('consume.before-commit:delay:15:every');
    await parallel(times(ordersAtOnce), 24, async () => {
      const lines = shuffled(skus, () => random.next()).map((sku) => ({ sku, quantity: 1 }));
      await customerOf(world).comes(random.next() < 0.8 ? 'cancels when reserved' : 'leaves', lines);
    });
    await system.inventory.faults.disarm();
    world.note(`${ordersAtOnce} orders of ${skus.length} products`);
    world.healed();
  },
};

function shuffled<T>(items: readonly T[], next: () => number): readonly T[] {
  return items
    .map((item) => ({ item, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** Its alarm is due one second after the window, and until then nobody sends its order.placed. */
const heldBackMs = shortWindowMs + 3_000;

const expiryBeforeOrder: Cell = {
  id: 'I15.L',
  kind: 'L',
  point: 'relay.before-forward',
  title: 'an order expires before inventory has heard of it, and order.cancelled comes first',
  expected: 'a tombstone; the order that comes later reserves nothing',
  setting: 'short window',
  async play(world) {
    const { shop, load, system } = world;
    const { faults } = system.order;
    load.begin();
    // The relay holds order.placed back and the sweeper sends nothing; what the handler of the alarm publishes goes out at once.
    await faults.arm(`relay.before-forward:delay:${heldBackMs}:every,sweeper.after-select:error:every`);
    const { orderId } = await shop.place({ lines: load.lines() });
    const answered = `mq.transaction_log where message_key = $1 and event_type = 'order.cancelled' and acknowledged_at is not null`;
    await load.until(
      'the cancellation is answered',
      async () => (await world.count('order', answered, [orderId])) > 0,
      heldBackMs + timings.resendAtMostMs,
    );
    await faults.disarm();
    world.note('order.cancelled was answered before order.placed was sent');
    world.healed();
  },
};

/** Customers who leave without paying, and alarms with which something is wrong. */
const unpaid = (cell: Omit<Cell, 'kind' | 'setting' | 'play'>, hurt: (world: World) => Promise<void>): Cell => ({
  ...cell,
  kind: 'F',
  setting: 'short window',
  async play(world) {
    const load = await world.customers({ orders: 12, habits: { ...habits, leaves: 30 } });
    await hurt(world);
    const upAt = Date.now();
    await load.finish();
    await untilAllExpired(world);
    world.healed();
    world.whenQuiet(() => endsInTime(world, upAt));
  },
});

const earlyAlarms = unpaid(
  {
    id: 'T14.F',
    title: 'every alarm comes early, by the slow clock of who sets it',
    expected: 'set again until its time has come; no order is cancelled before',
  },
  ({ system }) => system.order.restart({}, { clockShiftMs: -3_000 }),
);

const lostAlarms = unpaid(
  {
    id: 'T15.F',
    title: 'every alarm is lost',
    expected: 'the sweeper of overdue orders ends them',
    point: 'timer.before-send',
  },
  async ({ system }) => {
    await system.order.faults.arm('timer.before-send:error:every');
  },
);

export const races: Group = {
  name: 'Races, and time',
  about:
    'Two things at once of which the slower one acts on what it saw before; answers and alarms that come at the wrong time.',
  cells: [
    lateCommit,
    cancelledBeforePaid,
    paidBeforeCancelled,
    oppositeOrder,
    expiryBeforeOrder,
    earlyAlarms,
    lostAlarms,
  ],
};
