import { randomUUID } from 'node:crypto';
import type { Cell } from '../cell.js';
import { parallel, tally, times } from '../../support/parallel.js';

/** The cells that no named line of the code makes, only customers. */
export const sameKey: Cell = {
  id: 'C10.D',
  kind: 'D',
  title: 'the same key 50 times at once',
  expected: 'one order, one COMMITTED row, every answer the same order or 409',
  quick: true,
  async play(world) {
    const { load, shop, checks } = world;
    load.begin();
    const order = { key: `same-${randomUUID()}`, lines: load.lines() };
    const answers = await parallel(times(50), 50, () => shop.tryPlace(order));
    world.healed();
    world.note(JSON.stringify(tally(answers.map(({ status }) => status))));
    checks.equal(
      'nobody was told anything else',
      answers.every(({ status }) => [201, 409].includes(status)),
      true,
    );
    const { orderId } = await shop.place(order);
    const others = answers.filter(({ body }) => body !== undefined && body.orderId !== orderId);
    checks.equal('answers about another order', others.length, 0);
    world.whenQuiet(async () => {
      const placed = `mq.transaction_log where message_key = $1 and event_type = 'order.placed' and decision = 'COMMITTED'`;
      checks.equal('one committed row', await world.count('order', placed, [orderId]), 1);
    });
  },
};
