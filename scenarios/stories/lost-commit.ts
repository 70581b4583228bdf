import { randomUUID } from 'node:crypto';
import type { ByFlow } from '../support/flow.js';
import { NoAnswerError } from '../support/http.js';
import type { Scenario } from '../support/scenario.js';

interface Lost {
  /** Where the process dies. */
  readonly point: string;
  /** What the broker is told when it asks. */
  readonly verdict: string;
  /** What follows from the verdict. */
  readonly delivered: readonly string[];
  /** Who would have helped without a check-back. */
  readonly sweeper: RegExp;
}

const lost: ByFlow<Lost> = {
  'reserve-on-commit': {
    point: 'publish.after-commit',
    verdict: 'commit',
    delivered: ['event relayed'],
    sweeper: /event sent again/,
  },
  'return-on-failure': {
    point: 'compensate.after-commit',
    verdict: 'rollback',
    delivered: [],
    sweeper: /stock asked back/,
  },
};

export const lostCommit: Scenario = {
  name: 'lost-commit',
  title: 'killed between the database commit and the confirmation: the check-back delivers',
  story:
    'The order is committed in PostgreSQL, and the process is killed before it can confirm the half message. The client got ' +
    'no answer and RocketMQ no verdict. When the service is back, the broker asks, the decision row answers, inventory ' +
    'reserves; the client repeats its request with the same key and gets the same order.',
  compensating: {
    title: 'killed between the database commit and the confirmation: the check-back keeps the stock',
    story:
      'The stock is deducted, the order committed in PostgreSQL, and the process is killed before it can roll back the half ' +
      'message "return the stock". The client got no answer and RocketMQ no verdict. When the service is back, the broker ' +
      'asks, the decision row answers, nothing is returned; the client repeats its request with the same key and gets the ' +
      'same order.',
  },
  async run(system, flow) {
    const { checks, shop, order } = system;
    const { point, verdict, delivered, sweeper } = lost[flow];
    const sku = await shop.offer('lost', { pieces: 3 });
    const request = { key: `lost-${randomUUID()}`, lines: [{ sku, quantity: 2 }] };

    await order.faults.arm(`${point}:kill:1`);
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

    const { steps: life } = await shop.untilTold(orderId, ['check-back asked', 'check-back answered', ...delivered]);
    const timeline = system.timeline(orderId, request.key);
    const steps = timeline.map(({ what, detail }) => `${what} ${detail}`);
    const happened = (step: RegExp) => steps.some((each) => step.test(each));
    checks.equal('no confirmation was sent', happened(/verdict sent/), false);
    const answered = new RegExp(`check-back answered.*${verdict}`);
    checks.equal(`the broker asked and was told to ${verdict}`, happened(answered), true);
    checks.equal('the sweeper was not needed', happened(sweeper), false);
    checks.equal(
      'the order tells of a commit without confirmation',
      ['local transaction committed', 'verdict sent'].map((each) => life.some((told) => told.step === each)),
      [true, false],
    );
    return checks.verdict(timeline);
  },
};
