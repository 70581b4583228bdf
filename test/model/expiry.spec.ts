import { check } from './check.js';
import { chosen, expiry, type ExpiryProtocol } from './expiry.model.js';

/** A defence is judged with the sweeper out of the way, on a broker that keeps its timers. */
const alone: ExpiryProtocol = { ...chosen, sweeper: false };
const keepsTimers = { brokerLosesTimers: false };

describe('pay against timeout', () => {
  it('is safe and ends by itself in all 43 states', () => {
    expect(check(expiry())).toMatchObject({ outcome: 'holds', states: 43, steps: 97 });
  });

  it('needs no sweeper while the broker keeps its timers', () => {
    expect(check(expiry(alone, keepsTimers))).toMatchObject({ outcome: 'holds', states: 26 });
  });

  it('tells every state apart', () => {
    const model = expiry();
    expect(check({ ...model, key: (s) => JSON.stringify(s) }).states).toBe(check(model).states);
  });
});

describe('pay against timeout with one defence removed', () => {
  it('leaves an order open for ever when the broker loses its timer and nobody sweeps', () => {
    expect(check(expiry(alone))).toMatchObject({
      outcome: 'stuck',
      trace: ['the timer is armed', 'the order is created', 'the payment window ends', 'the broker loses the timer'],
    });
  });

  it('leaves an order open for ever when an early timer is not armed again', () => {
    expect(check(expiry({ ...alone, rearms: false }, keepsTimers))).toMatchObject({
      outcome: 'stuck',
      trace: [
        'the timer is armed',
        'the order is created',
        'the timer fires early',
        'the expiry handler has nothing to do',
        'the payment window ends',
      ],
    });
  });

  it('leaves an order without timer when the order comes first and its process dies', () => {
    expect(check(expiry({ ...alone, arms: 'after the order' }, keepsTimers))).toMatchObject({
      outcome: 'stuck',
      trace: ['the order is created', 'the placing process dies', 'the payment window ends'],
    });
  });

  it('cancels too early when the timer decides instead of the clock', () => {
    expect(check(expiry({ ...chosen, deadline: 'timer' }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'nobody is cancelled before the window is over',
      trace: [
        'the timer is armed',
        'the order is created',
        'the timer fires early',
        'the expiry handler sees it unpaid',
        'the expiry handler cancels',
      ],
    });
  });

  it('sells and cancels one order when the UPDATE does not look again', () => {
    expect(check(expiry({ ...chosen, conditional: false }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'an order is never both paid and cancelled',
      trace: [
        'the timer is armed',
        'the order is created',
        'the payment window ends',
        'a payment sees it unpaid',
        'the sweeper cancels the overdue order',
        'the payment pays it',
      ],
    });
  });

  it('keeps the money of a cancelled order when late payments are not recorded for refund', () => {
    expect(check(expiry({ ...chosen, refunds: false }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'no money is kept for a cancelled order',
      trace: [
        'the timer is armed',
        'the order is created',
        'the payment window ends',
        'the sweeper cancels the overdue order',
        'a payment comes too late',
      ],
    });
  });
});
