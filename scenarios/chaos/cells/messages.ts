import { randomUUID } from 'node:crypto';
import { inventoryEvents } from '@halfway/contracts';
import { StrayMessages } from '../../faults/messages.js';
import type { Order } from '../../support/resources.js';
import { until } from '../../support/until.js';
import type { Cell, Group } from '../cell.js';
import { Customer } from '../customers.js';
import type { World } from '../world.js';

/** Quarantined, and the lane goes on. */
const quarantinedWithinMs = 1_000;

interface StrayCell extends Pick<Cell, 'id' | 'title' | 'expected'> {
  /** @returns how it went, for the page. */
  readonly stray: (messages: StrayMessages, world: World) => Promise<string>;
  readonly kind?: Cell['kind'];
}

/** Messages come that the services did not send, or not now, among those of customers. */
export const strayCell = ({ stray, kind = 'D', ...cell }: StrayCell): Cell => ({
  ...cell,
  kind,
  async play(world) {
    const { load } = world;
    const messages = await StrayMessages.connect(world.system.stack.rocketmqEndpoint);
    world.mendsBy(() => messages.close());
    await load.until('a few orders are placed', () => load.placed.length >= 5);
    world.note(await stray(messages, world));
    world.healed();
  },
});

/** An order of our own among the others, in this state. */
async function settled(world: World, habit: 'leaves' | 'pays' | 'cancels when reserved'): Promise<Order> {
  const customer = new Customer(world.shop, world.random, world.load.hears);
  return customer.comes(habit, [world.load.common()]);
}

const idOfPlaced = async (world: World, orderId: string): Promise<string> => {
  const [row] = await world.rows<{ id: string }>(
    'order',
    `select id from mq.transaction_log where message_key = $1 and event_type = 'order.placed'`,
    [orderId],
  );
  if (!row) throw new Error(`Order ${orderId} has no event order.placed.`);
  return row.id;
};

/** What is known of a message waits for a person, and those behind it go on. */
async function quarantined(world: World, orderId: string, before: number, since: number): Promise<string> {
  const waiting = () =>
    world.count('inventory', `mq.parked_message where state = 'QUARANTINED' and message_key = $1`, [orderId]);
  await until('the message is in quarantine', waiting, (count) => count > before, { everyMs: 10 });
  const tookMs = Date.now() - since;
  world.checks.atMost('in quarantine', tookMs / 1000, quarantinedWithinMs / 1000, ' s');
  const customer = new Customer(world.shop, world.random, world.load.hears);
  const order = await customer.sees(orderId, () => true);
  await customer.pays(order);
  await world.shop.untilReservation(orderId, 'SOLD');
  return `in quarantine after ${(tookMs / 1000).toFixed(1)} s, the order was paid and sold behind it`;
}

export const messages: Group = {
  name: 'D · messages come twice, late, out of order, or are not ours',
  about: 'What a broker may deliver, and what somebody with access to it may send.',
  cells: [
    strayCell({
      id: 'C8.D',
      title: 'the half message of a committed transaction is committed a second time',
      expected: 'duplicates without effect',
      stray: async (hands, world) => {
        const { orderId } = await settled(world, 'leaves');
        await hands.forgeCarrier(await idOfPlaced(world, orderId).catch(() => randomUUID()));
        return 'a second carrier';
      },
    }),
    strayCell({
      id: 'B5.D',
      title: 'COMMIT comes after ROLLBACK',
      expected: 'the relay finds no committed row and sends nothing',
      stray: async (hands, world) => {
        const aborted = await world.rows<{ id: string }>(
          'order',
          `select id from mq.transaction_log where decision = 'ABORTED' order by decided_at desc limit 1`,
        );
        await hands.forgeCarrier(aborted[0]?.id ?? '01900000-0000-7000-8000-000000000000');
        return aborted[0] ? 'a carrier of an aborted transaction' : 'a carrier of a transaction that never was';
      },
    }),
    strayCell({
      id: 'I8.D',
      title: 'every event of ten orders once more, when they are settled',
      expected: 'no effect, the same replies',
      stray: async (hands, world) => {
        let sent = 0;
        for (const habit of ['pays', 'cancels when reserved', 'leaves'] as const) {
          const { orderId } = await settled(world, habit);
          sent += await hands.repeat(orderId, world.databases);
        }
        for (const orderId of world.load.placed.slice(0, 7)) sent += await hands.repeat(orderId, world.databases);
        return `${sent} events repeated`;
      },
    }),
    strayCell({
      id: 'I10.unreadable',
      kind: 'F',
      title: 'a message that cannot be read, in the lane of a living order',
      expected: 'in quarantine within 1 s, the lane goes on',
      stray: async (hands, world) => {
        const { orderId } = await settled(world, 'leaves');
        const since = Date.now();
        await hands.unreadable(orderId);
        return quarantined(world, orderId, 0, since);
      },
    }),
    strayCell({
      id: 'I10.version',
      kind: 'F',
      title: 'a message of an unknown version, in the lane of a living order',
      expected: 'in quarantine within 1 s, the lane goes on',
      stray: async (hands, world) => {
        const { orderId } = await settled(world, 'leaves');
        const since = Date.now();
        await hands.unknownVersion(orderId);
        return quarantined(world, orderId, 0, since);
      },
    }),
    strayCell({
      id: 'Q8.D',
      title: 'an answer of inventory once more, also when the order is final',
      expected: 'no effect',
      stray: async (hands, world) => {
        for (const habit of ['leaves', 'pays', 'cancels when reserved'] as const) {
          const { orderId } = await settled(world, habit);
          await hands.repeatReply(inventoryEvents.reserved, { orderId }, await idOfPlaced(world, orderId));
        }
        return 'stock.reserved three times';
      },
    }),
    strayCell({
      id: 'T13.D',
      title: 'alarms that are early, of orders that wait, are paid and are cancelled',
      expected: 'nothing is cancelled before its time',
      stray: async (hands, world) => {
        const ids = await Promise.all(
          (['leaves', 'pays', 'cancels when reserved'] as const).map(
            async (habit) => (await settled(world, habit)).orderId,
          ),
        );
        for (const orderId of [...ids, ...ids, randomUUID()]) await hands.alarm(orderId, 1_000);
        await world.lasts(2_500);
        const [waiting = ''] = ids;
        world.whenQuiet(async () => {
          const { body } = await world.shop.order(waiting);
          world.checks.equal('the order that waits is', body?.status, 'AWAITING_PAYMENT');
        });
        return 'seven alarms';
      },
    }),
  ],
};
