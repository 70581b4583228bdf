/**
 * Pay against timeout: one order with its payment window, its timer, a payment and the sweeper for overdue orders (S2).
 *
 * Modelled: the placing request arms the timer and creates the order, two steps with a death in between; the window, which is
 * over at some moment of PostgreSQL's clock; the timer, which may fire early; payment and expiry as a look at the order
 * followed by an UPDATE, so that each may act on what was true a moment ago; the refund of a capture that came too late.
 *
 * Faults: the placing process dies · the timer fires early · the broker loses the timer · the expiry handler dies (redelivery).
 * Choices of the customer: to pay or not, at any time, also after the end.
 *
 * Left out: stock (saga.model.ts); the wait for the reservation, so an order is `open` from PENDING to AWAITING_PAYMENT;
 * cancellation by the customer, the same UPDATE as the expiry's; a timer that fires before its order's transaction has ended:
 * the window is minutes long, a transaction seconds.
 */
import { choice, codes, fault, system, type Model, type Step } from './check.js';

export interface ExpiryState {
  readonly placing: 'first' | 'second' | 'ended';
  readonly order: 'none' | 'open' | 'PAID' | 'CANCELLED';
  readonly windowOver: boolean;
  readonly timer: 'none' | 'armed' | 'fired';
  readonly payment: 'none' | 'looked' | 'CAPTURED' | 'REFUND_DUE' | 'REFUNDED' | 'kept';
  readonly expiry: 'idle' | 'looked';
  /** Events that the inventory was sent. */
  readonly saidPaid: boolean;
  readonly saidCancelled: boolean;
}

export interface ExpiryProtocol {
  readonly arms: 'before the order' | 'after the order';
  /** Fired early: arm it again before the ack, or leave it. */
  readonly rearms: boolean;
  /** Who decides that the window is over. */
  readonly deadline: 'clock' | 'timer';
  /** UPDATE … WHERE status is still the one that was seen; otherwise the look decides alone. */
  readonly conditional: boolean;
  readonly refunds: boolean;
  readonly sweeper: boolean;
}

export const chosen: ExpiryProtocol = {
  arms: 'before the order',
  rearms: true,
  deadline: 'clock',
  conditional: true,
  refunds: true,
  sweeper: true,
};

export function expiry(protocol: ExpiryProtocol = chosen, { brokerLosesTimers = true } = {}): Model<ExpiryState> {
  return {
    initial: {
      placing: 'first',
      order: 'none',
      windowOver: false,
      timer: 'none',
      payment: 'none',
      expiry: 'idle',
      saidPaid: false,
      saidCancelled: false,
    },
    *steps(s) {
      yield* placing(s, protocol);
      if (s.order !== 'none' && !s.windowOver) yield system('the payment window ends', { ...s, windowOver: true });
      yield* timer(s, protocol);
      yield* payment(s, protocol);
      if (protocol.sweeper && s.order === 'open' && s.windowOver) {
        yield system('the sweeper cancels the overdue order', cancelled(s));
      }
      if (brokerLosesTimers && s.timer === 'armed') yield fault('the broker loses the timer', { ...s, timer: 'none' });
    },
    key: (s) =>
      ((((PLACING[s.placing] * 4 + ORDER[s.order]) * 3 + TIMER[s.timer]) * 6 + PAYMENT[s.payment]) * 2 +
        EXPIRY[s.expiry]) *
        8 +
      (Number(s.windowOver) + Number(s.saidPaid) * 2 + Number(s.saidCancelled) * 4),
    promises: {
      'an order is never both paid and cancelled': (s) => !(s.saidPaid && s.saidCancelled),
      'nobody is cancelled before the window is over': (s) => !s.saidCancelled || s.windowOver,
      'captured money belongs to a paid order': (s) => s.payment !== 'CAPTURED' || s.order === 'PAID',
      'no money is kept for a cancelled order': (s) => s.payment !== 'kept',
    },
    good: (s) =>
      (s.order === 'none' && s.placing === 'ended') ||
      ((s.order === 'PAID' || s.order === 'CANCELLED') && s.payment !== 'REFUND_DUE'),
  };
}

/** Two actions; which comes first is the protocol's choice. */
function* placing(s: ExpiryState, { arms }: ExpiryProtocol): Generator<Step<ExpiryState>> {
  if (s.placing === 'ended') return;
  const placed = s.placing === 'first' ? 'second' : 'ended';
  yield (s.placing === 'first') === (arms === 'before the order')
    ? system('the timer is armed', { ...s, placing: placed, timer: 'armed' })
    : system('the order is created', { ...s, placing: placed, order: 'open' });
  yield fault('the placing process dies', { ...s, placing: 'ended' });
}

function* timer(s: ExpiryState, { rearms, deadline, conditional }: ExpiryProtocol): Generator<Step<ExpiryState>> {
  if (s.timer === 'armed' && s.placing === 'ended') {
    if (s.windowOver || s.order === 'none') yield system('the timer fires', { ...s, timer: 'fired' });
    else yield fault('the timer fires early', { ...s, timer: 'fired' });
  }
  if (s.timer !== 'fired') return;
  if (s.expiry === 'idle') {
    const isOver = deadline === 'timer' || s.windowOver;
    if (s.order === 'open' && isOver) yield system('the expiry handler sees it unpaid', { ...s, expiry: 'looked' });
    else if (s.order === 'open' && rearms) yield system('the expiry handler arms it again', { ...s, timer: 'armed' });
    else yield system('the expiry handler has nothing to do', { ...s, timer: 'none' });
    return;
  }
  yield fault('the expiry handler dies', { ...s, expiry: 'idle' });
  const after: ExpiryState = { ...s, expiry: 'idle', timer: 'none' };
  yield s.order === 'open' || !conditional
    ? system('the expiry handler cancels', cancelled(after))
    : system('the expiry handler finds it changed', after);
}

function* payment(s: ExpiryState, { conditional, refunds }: ExpiryProtocol): Generator<Step<ExpiryState>> {
  const tooLate: ExpiryState = { ...s, payment: refunds ? 'REFUND_DUE' : 'kept' };
  if (s.payment === 'none' && s.order === 'open') yield choice('a payment sees it unpaid', { ...s, payment: 'looked' });
  if (s.payment === 'none' && s.order === 'CANCELLED') yield choice('a payment comes too late', tooLate);
  if (s.payment === 'looked') {
    yield s.order === 'open' || !conditional
      ? system('the payment pays it', { ...s, payment: 'CAPTURED', order: 'PAID', saidPaid: true })
      : system('the payment finds it changed', tooLate);
  }
  if (s.payment === 'REFUND_DUE') yield system('the provider refunds', { ...s, payment: 'REFUNDED' });
}

const cancelled = (s: ExpiryState): ExpiryState => ({ ...s, order: 'CANCELLED', saidCancelled: true });

const PLACING = codes('first', 'second', 'ended');
const ORDER = codes('none', 'open', 'PAID', 'CANCELLED');
const TIMER = codes('none', 'armed', 'fired');
const PAYMENT = codes('none', 'looked', 'CAPTURED', 'REFUND_DUE', 'REFUNDED', 'kept');
const EXPIRY = codes('idle', 'looked');
