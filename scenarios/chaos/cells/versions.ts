import { buildEdited } from '../../edited-build/build.js';
import type { Edit } from '../../edited-build/edit.js';
import { HttpClient } from '../../support/http.js';
import { metric, metricsOf } from '../../support/metric.js';
import { Shop } from '../../support/shop.js';
import type { Cell, Group } from '../cell.js';
import { Customer, habits } from '../customers.js';
import type { ServiceName, World } from '../world.js';

const customersOfTheNextVersion = 10;
const fewEvents = 3;

/** The version after this one: an event of the service has a field more, which those who read it may do without. */
export const nextVersions: Readonly<Record<ServiceName, readonly Edit[]>> = {
  order: [
    {
      file: 'libs/contracts/src/order-events.ts',
      find: '  IsInt,\n  IsObject,\n',
      replace: '  IsInt,\n  IsObject,\n  IsOptional,\n',
    },
    {
      file: 'libs/contracts/src/order-events.ts',
      find: '  readonly lines: readonly OrderedLine[];\n',
      replace: '  readonly lines: readonly OrderedLine[];\n  @IsOptional() @Length(1, 16) readonly channel?: string;\n',
    },
    {
      file: 'apps/order/src/place-order/place-order.ts',
      find: 'return { orderId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };',
      replace: "return { orderId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })), channel: 'web' };",
    },
  ],
  inventory: [
    {
      file: 'libs/contracts/src/inventory-events.ts',
      find: 'import { IsUUID, Length }',
      replace: 'import { IsOptional, IsUUID, Length }',
    },
    {
      file: 'libs/contracts/src/inventory-events.ts',
      find: "message('stock.reserved') {\n",
      replace: "message('stock.reserved') {\n  @IsOptional() @Length(1, 16) readonly warehouse?: string;\n",
    },
    {
      file: 'apps/inventory/src/reserve-stock/order-placed.handler.ts',
      find: 'reply(inventoryEvents.reserved, { orderId });',
      replace: "reply(inventoryEvents.reserved, { orderId, warehouse: 'north' });",
    },
  ],
};

/** Customers of one process, whichever it is that the others go to. */
async function customersOf(world: World, url: string): Promise<void> {
  const { system, random, load, shop } = world;
  const orders = new HttpClient(url, { timeoutMs: 8_000 });
  const customer = new Customer(new Shop(orders, shop.inventory, system.history, system.journal), random, load.hears);
  try {
    await Promise.all(
      Array.from({ length: customersOfTheNextVersion }, () => customer.comes(random.weighted(habits), load.lines())),
    );
  } finally {
    orders.close();
  }
}

/** Events and replies that one process has sent. */
async function sentBy(url: string): Promise<number> {
  const metrics = await metricsOf(url);
  return ['mq_replies_total', 'mq_transactions_total'].reduce((sum, name) => sum + (metric(metrics, name) ?? 0), 0);
}

const sideBySide = (name: ServiceName): Cell => ({
  id: `F8.${name}`,
  kind: 'F',
  title: `the next version of the ${name} service, whose events have a field more, comes beside this one`,
  expected: 'each version reads what the other one sends; the next one goes, and nothing is missing',
  async play(world) {
    const next = await world.peer(name, buildEdited(`next-${name}`, nextVersions[name]));
    let served = false;
    await Promise.all([
      (name === 'order' ? customersOf(world, next.url) : Promise.resolve()).finally(() => (served = true)),
      world.load.until(
        'the next version has sent events, and its customers have been served',
        async () => served && (await sentBy(next.url)) >= fewEvents,
        60_000,
      ),
    ]);
    world.note(`${await sentBy(next.url)} events by the next version among the others`);
    await next.stop();
    world.healed();
    world.whenQuiet(async () => {
      for (const reader of ['order', 'inventory'] as const) {
        const quarantined = `mq.parked_message where state = 'QUARANTINED' and parked_at >= to_timestamp($1::float8 / 1000)`;
        const refused = await world.count(reader, quarantined, [world.beganAt]);
        world.checks.equal(`the ${reader} service has refused none of them`, refused, 0);
      }
    });
  },
});

export const versions: Group = {
  name: 'F8 · two versions side by side',
  about: 'A deployment that is half done: half of the processes are the next version, made of this one by an edit.',
  cells: [sideBySide('order'), sideBySide('inventory')],
};
