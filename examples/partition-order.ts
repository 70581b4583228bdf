import { connect, message, orderedTopic } from '@halfway/mq';
import { IsString } from 'class-validator';
import { example } from './support/example.js';

class OrderCreated extends message('order.created') {
  @IsString() readonly owner: string;
}
class OrderPaid extends message('order.paid') {
  @IsString() readonly owner: string;
}
class OrderRefunded extends message('order.refunded') {
  @IsString() readonly owner: string;
}
class OrderShipped extends message('order.shipped') {
  @IsString() readonly owner: string;
}
class CodeSent extends message('code.sent') {
  @IsString() readonly owner: string;
  @IsString() readonly code: string;
}
/** Order id or user id: the sharding key. Strict order inside one of them, parallel across. */
const steps = orderedTopic('example-partition-order', {
  events: { created: OrderCreated, paid: OrderPaid, refunded: OrderRefunded, shipped: OrderShipped, code: CodeSent },
  key: ({ owner }) => owner,
});

export const partitionOrder = example(
  'partition-order',
  "in order per key, parallel across: each order's created, paid, refunded, shipped, and each user's verification codes",
  async ({ here, say, expect, expectThat, until, closing, ours }) => {
    const shop = closing(await connect({ ...here, publishes: [steps] }));
    say('RocketMQ 4: the sender picks a queue by the sharding key. RocketMQ 5: the key is the message group');

    const seen = new Map<string, string[]>();
    const busy = new Set<string>();
    let atMost = 0;
    let overlaps = 0;
    await shop.subscribe(
      steps,
      { group: 'example-partition-order' },
      ours(async (step, { key, keys }) => {
        if (busy.has(key)) overlaps++;
        busy.add(key);
        atMost = Math.max(atMost, busy.size);
        const what = step instanceof CodeSent ? step.code : (keys.at(-1) ?? '');
        seen.set(key, [...(seen.get(key) ?? []), what]);
        await new Promise((resolve) => setTimeout(resolve, 100));
        busy.delete(key);
      }),
    );

    const orders = ['order-1', 'order-2', 'order-3'];
    const users = ['user-a', 'user-b'];
    // The message's own key finds it in the broker's index; it has nothing to do with the order of delivery.
    await Promise.all([
      ...orders.map((owner) => shop.send(steps.created, { owner }, { keys: [`${owner}-created`] })),
      ...users.map((owner) => shop.send(steps.code, { owner, code: '111' })),
      ...orders.map((owner) => shop.send(steps.paid, { owner }, { keys: [`${owner}-paid`] })),
      ...users.map((owner) => shop.send(steps.code, { owner, code: '222' })),
      ...orders.map((owner) => shop.send(steps.refunded, { owner }, { keys: [`${owner}-refunded`] })),
      ...users.map((owner) => shop.send(steps.code, { owner, code: '333' })),
      ...orders.map((owner) => shop.send(steps.shipped, { owner }, { keys: [`${owner}-shipped`] })),
    ]);
    say('three orders with four events each and two users with three codes each, all interleaved');
    await until('all have arrived', () => [...seen.values()].flat().length >= 18);

    for (const owner of orders) {
      expect(
        owner,
        seen.get(owner),
        ['created', 'paid', 'refunded', 'shipped'].map((kind) => `${owner}-${kind}`),
      );
    }
    for (const owner of ['user-a', 'user-b'])
      expect(`codes of ${owner}: the last one is the valid one`, seen.get(owner), ['111', '222', '333']);
    expect('times that two events of one key were handled at once', overlaps, 0);
    expectThat('different keys are handled at once', atMost > 1, `up to ${atMost}`);
    say('an event of one key never waits for another key, except behind a failing one of the same queue');
  },
);
