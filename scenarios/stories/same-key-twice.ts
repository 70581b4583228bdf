import { randomUUID } from 'node:crypto';
import { parallel, tally, times } from '../support/parallel.js';
import type { Scenario } from '../support/scenario.js';

const requests = 50;

export const sameKeyTwice: Scenario = {
  name: 'same-key-twice',
  title: `${requests} concurrent requests with one Idempotency-Key: one order`,
  story:
    `An impatient client sends the same request ${requests} times at once. One of them makes the order; the others get the ` +
    'same answer, or are told to ask again. The same key with another content is refused.',
  compensating: {
    story:
      `An impatient client sends the same request ${requests} times at once. The first one's intent holds the key, so only one ` +
      'deducts and makes the order; the others get the same answer, or are told to ask again. The same key with another ' +
      'content is refused.',
  },
  async run(system) {
    const { checks, shop } = system;
    const sku = await shop.offer('twice', { pieces: 100 });
    const request = { key: `twice-${randomUUID()}`, lines: [{ sku, quantity: 3 }] };

    const answers = await parallel(times(requests), requests, () => shop.tryPlace(request));
    const counts = tally(answers.map(({ status }) => status));
    system.tell(`sent ${requests} equal requests at once`, JSON.stringify(counts));
    const odd = answers.filter(({ status }) => status !== 201 && status !== 409);
    checks.equal(
      'every answer is the order, or "in flight"',
      odd.map(({ status }) => status),
      [],
    );
    const ids = new Set(answers.flatMap(({ body }) => body?.orderId ?? []));
    checks.equal('one order id was given out', ids.size, 1);

    const replay = await shop.tryPlace(request);
    checks.equal('a later repetition is a replay', replay.headers['idempotency-replayed'], 'true');
    checks.equal('with the same order', [...ids], [replay.body?.orderId]);
    const other = await shop.tryPlace({ ...request, lines: [{ sku, quantity: 4 }] });
    checks.equal('the same key with another content is refused', other.status, 422);

    const orderId = replay.body?.orderId ?? '';
    await shop.untilOrder(orderId, 'AWAITING_PAYMENT');
    checks.equal('stock is reserved once', await shop.pieces(sku), { available: 97, reserved: 3, sold: 0 });
    return checks.verdict(system.timeline(orderId));
  },
};
