import { randomUUID } from 'node:crypto';
import { NoAnswerError } from '../support/http.js';
import type { Scenario } from '../support/scenario.js';

export const lostCommit: Scenario = {
  name: 'lost-commit',
  title: 'killed between the database commit and the confirmation: the check-back delivers',
  story:
    'The order is committed in PostgreSQL, and the process is killed before it can confirm the half message. The client got ' +
    'no answer and RocketMQ no verdict. When the service is back, the broker asks, the decision row answers, inventory ' +
    'reserves; the client repeats its request with the same key and gets the same order.',
  async run(system) {
    const { checks, shop, order } = system;
    const sku = await shop.offer('lost', { pieces: 3 });
    const request = { key: `lost-${randomUUID()}`, lines: [{ sku, quantity: 2 }] };

    await order.faults.arm('publish.after-commit:kill:1');
    order.expectEnd();
    const outcome = await shop.tryPlace(request).then(
      ({ status }) => `answered ${status}`,
      (error: unknown) => (error instanceof NoAnswerError ? error.outcome : Promise.reject(error)),
    );
    checks.equal('the client does not know', outcome, 'unknown');
    await order.untilEnded();
    await order.start();

    const restartedAt = Date.now();
    const { orderId } = await shop.place(request);
    await shop.untilOrder(orderId, 'AWAITING_PAYMENT');
    checks.atMost('reserved soon after the restart', (Date.now() - restartedAt) / 1000, 15, ' s');
    const reservation = await shop.untilReservation(orderId, 'RESERVED');
    checks.equal('what was ordered', reservation.lines, request.lines);
    checks.equal('is reserved once', await shop.pieces(sku), { available: 1, reserved: 2, sold: 0 });

    const timeline = system.timeline(orderId, request.key);
    const steps = timeline.map(({ what, detail }) => `${what} ${detail}`);
    checks.equal(
      'no confirmation was sent',
      steps.some((step) => /verdict sent.*commit/.test(step)),
      false,
    );
    checks.equal(
      'the broker asked and was told to commit',
      steps.some((step) => /check-back answered.*commit/.test(step)),
      true,
    );
    checks.equal(
      'the sweeper was not needed',
      steps.some((step) => /event sent again/.test(step)),
      false,
    );
    const { steps: told } = await shop.untilTold(orderId, ['check-back asked', 'check-back answered', 'event relayed']);
    checks.equal(
      'the order tells of a commit without confirmation',
      ['local transaction committed', 'verdict sent'].map((step) => told.some((each) => each.step === step)),
      [true, false],
    );
    return checks.verdict(timeline);
  },
};
