import { randomUUID } from 'node:crypto';
import type { ByFlow } from '../support/flow.js';
import type { Scenario } from '../support/scenario.js';
import { until } from '../support/until.js';

const quantity = 7;
const pieces = 10;

/** Where the transaction fails, the verdicts of the failed attempt and of the next one, and the stock that is there for it. */
const failing: ByFlow<{ point: string; verdicts: readonly string[]; ended: string; stock: string }> = {
  'reserve-on-commit': {
    point: 'publish.before-commit',
    verdicts: ['rollback', 'commit'],
    ended: 'the half message was rolled back, then another committed',
    stock: 'nothing was ever held for it',
  },
  'return-on-failure': {
    point: 'compensate.before-commit',
    verdicts: ['commit', 'rollback'],
    ended: 'the half message was committed, then another rolled back',
    stock: 'what was deducted for it is returned',
  },
};

export const rolledBack: Scenario = {
  name: 'rolled-back',
  title: 'the local transaction fails: the message never arrives',
  story:
    'The half message is stored, then the local transaction fails before its commit. The client gets an error, the half ' +
    'message is rolled back, and inventory never hears of it. The same key works afterwards, as a new transaction.',
  compensating: {
    title: 'the local transaction fails: the stock goes back',
    story:
      'The half message "return the stock" is stored and the stock deducted, then the local transaction fails before its ' +
      'commit. The client gets an error, the half message is committed, and inventory takes the stock back. The same key ' +
      'works afterwards, as a new attempt.',
  },
  async run(system, flow) {
    const { checks, shop, order } = system;
    const { point, verdicts, ended, stock } = failing[flow];
    const sku = await shop.offer('rolled', { pieces });
    const request = { key: `rolled-${randomUUID()}`, lines: [{ sku, quantity }] };

    await order.faults.arm(`${point}:error:1`);
    const begunAt = Date.now();
    const failed = await shop.tryPlace(request);
    checks.equal('the client gets an error', failed.status >= 500, true);
    checks.equal('as problem+json', failed.headers['content-type']?.startsWith('application/problem+json'), true);
    const left = await until(
      stock,
      () => shop.pieces(sku),
      ({ available }) => available === pieces,
    );
    checks.equal(stock, left, { available: pieces, reserved: 0, sold: 0 });

    // The second attempt is the marker: when it has gone all the way, the first has had every chance to.
    const { orderId } = await shop.place(request);
    await shop.untilOrder(orderId, 'AWAITING_PAYMENT');
    checks.equal('only the second attempt is reserved', await shop.pieces(sku), {
      available: pieces - quantity,
      reserved: quantity,
      sold: 0,
    });

    const sent = await until(
      'both verdicts are sent',
      () => order.log.read().filter(({ phrase, at }) => phrase === 'verdict sent' && at >= begunAt),
      ({ length }) => length >= verdicts.length,
    );
    checks.equal(
      ended,
      sent.map(({ facts }) => facts['verdict']),
      verdicts,
    );
    // A carrier's verdict is about a transaction, the other one about an attempt.
    const attempts = sent.map(({ facts }) => String(facts['transactionId'] ?? facts['key']));
    return checks.verdict(system.timeline(orderId, request.key, ...attempts));
  },
};
