import { randomUUID } from 'node:crypto';
import type { Scenario } from '../support/scenario.js';

export const rolledBack: Scenario = {
  name: 'rolled-back',
  title: 'the local transaction fails: the message never arrives',
  story:
    'The half message is stored, then the local transaction fails before its commit. The client gets an error, the half ' +
    'message is rolled back, and inventory never hears of it. The same key works afterwards, as a new transaction.',
  async run(system) {
    const { checks, shop } = system;
    const sku = await shop.offer('rolled', { pieces: 10 });
    const key = `rolled-${randomUUID()}`;

    await system.order.faults.arm('publish.before-commit:error:1');
    const begunAt = Date.now();
    const failed = await shop.tryPlace({ key, lines: [{ sku, quantity: 7 }] });
    checks.equal('the client gets an error', failed.status >= 500, true);
    checks.equal('as problem+json', failed.headers['content-type']?.startsWith('application/problem+json'), true);

    // The second attempt is the marker: when it has gone all the way, the first has had every chance to.
    const { orderId } = await shop.place({ key, lines: [{ sku, quantity: 7 }] });
    await shop.untilOrder(orderId, 'AWAITING_PAYMENT');
    checks.equal('only the second attempt is reserved', await shop.pieces(sku), { available: 3, reserved: 7, sold: 0 });

    const verdicts = system.order.log.read().filter(({ phrase, at }) => phrase === 'verdict sent' && at >= begunAt);
    checks.equal(
      'the half message was rolled back, then another committed',
      verdicts.map(({ facts }) => facts['verdict']),
      ['rollback', 'commit'],
    );
    const transactions = verdicts.map(({ facts }) => String(facts['transactionId']));
    return checks.verdict(system.timeline(orderId, key, ...transactions));
  },
};
