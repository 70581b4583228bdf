import { pointsOf } from '../at-points.js';
import { line, type Cell, type Fault, type Group } from '../cell.js';
import type { Habit } from '../customers.js';
import { shortWindowMs, timings } from '../settings.js';
import type { World } from '../world.js';
import { handlingLines } from './handling.js';

const cancelledWithinMs = 10_000;

/**
 * Exactly one of PAID and CANCELLED is the auditor's to say (O4, O6, I7); in time and not before is ours.
 * @param upAt milliseconds since 1970 when the fault was over: what expired before it is reckoned from there
 */
export async function endsInTime(world: World, upAt: number): Promise<void> {
  const [late] = await world.rows<{ earliest: number | null; latest: number | null }>(
    'order',
    `select min(extract(epoch from t.decided_at - o.expires_at))::float8 as earliest,
            max(extract(epoch from t.decided_at - greatest(o.expires_at, to_timestamp($2::float8 / 1000))))::float8 as latest
       from orders o join mq.transaction_log t on t.message_key = o.order_id::text and t.event_type = 'order.cancelled'
      where o.cancel_reason = 'PAYMENT_TIMEOUT' and t.decision = 'COMMITTED' and t.decided_at >= to_timestamp($1::float8 / 1000)`,
    [world.beganAt, upAt],
  );
  world.checks.equal('orders have expired', typeof late?.latest, 'number');
  world.checks.equal('none before its time', (late?.earliest ?? 0) >= 0, true);
  world.checks.atMost('the latest after its time', late?.latest ?? 0, cancelledWithinMs / 1000, ' s');
}

/** Most of them do not pay. */
const forgetful: Readonly<Record<Habit, number>> = {
  pays: 2,
  'pays twice': 0,
  'cancels at once': 1,
  'cancels when reserved': 1,
  'cancels and pays': 1,
  'pays late': 1,
  'pays in the last moment': 0,
  'orders twice with one key': 0,
  leaves: 8,
};

/** Until no order is open; those that earlier cells have left on this system, with two hours to pay, are no concern. */
export const untilAllExpired = (world: World): Promise<void> =>
  world.untilNone(
    'order',
    `orders where status in ('PENDING', 'AWAITING_PAYMENT') and expires_at < created_at + interval '1 minute'`,
    shortWindowMs + cancelledWithinMs,
  );

const expiring = (cell: Cell): Cell => ({
  ...cell,
  setting: 'short window',
  play: async (world) => {
    await world.customers({ habits: forgetful });
    await cell.play(world);
    const upAt = world.healedAt ?? world.beganAt;
    await world.load.finish();
    await untilAllExpired(world);
    world.healed();
    world.whenQuiet(() => endsInTime(world, upAt));
  },
});

/** The alarm is set by the service's clock and the window is the database's: a slow clock makes every alarm come early. */
const early = (fault: Fault): Fault => ({
  ...fault,
  play: async (world) => {
    await world.system.order.restart({}, { clockShiftMs: -3_000 });
    await fault.play(world);
  },
});

const lastMoment: Cell = {
  id: 'T12.D',
  kind: 'D',
  title: 'payments that come within 0.4 s of the end of the window',
  expected: 'PAID, or CANCELLED and REFUNDED; never both',
  async play(world) {
    await world.customers({ habits: { ...forgetful, leaves: 1, 'pays in the last moment': 12 } });
    await world.load.finish();
    world.note('in the last moment, or just after it');
  },
};

const { kill, fail, delay } = pointsOf('order');
const pastIdleMs = timings.idleInTransactionMs + 500;

export const timers: Group = {
  name: 'T · the payment window',
  about: `Orders that nobody pays, with ${shortWindowMs / 1000} s to pay.`,
  cells: [
    handlingLines({ letter: 'T', service: 'order', type: 'order.expiring', thorough: false }),
    [lastMoment],
    line({
      id: 'T7',
      title: 'the order has expired in its row, before the event is recorded',
      expected: 'PostgreSQL aborts both; the next alarm or the sweeper ends it',
      faults: {
        K: kill('expire.after-update', { hit: 1 }),
        E: fail('expire.after-update', { hit: 1 }),
        L: delay(pastIdleMs, 'expire.after-update', { hit: 1 }),
      },
    }),
    line({
      id: 'T8',
      title: 'the alarm comes early, before it is set again',
      expected: 'not cancelled before its time; the same alarm comes again',
      faults: {
        K: early(kill('expire.before-rearm', { hit: 1 })),
        E: early(fail('expire.before-rearm', { hit: 1 })),
      },
    }),
    line({
      id: 'T9',
      title: 'the alarm comes early and is set again, before the first is acknowledged',
      expected: 'two alarms; cancelled once, not before its time',
      faults: {
        K: early(kill('expire.after-rearm', { hit: 1 })),
        T: early(fail('expire.after-rearm', { hit: 1 })),
      },
    }),
    line({
      id: 'T10',
      title: 'every alarm is lost, and the sweeper has expired orders in their rows, before COMMIT',
      expected: 'PostgreSQL aborts; the next sweep ends them',
      faults: {
        K: kill('overdue.after-update', { provokedBy: 'timer.before-send:error:every', hit: 1 }),
        E: fail('overdue.after-update', { provokedBy: 'timer.before-send:error:every', hit: 1 }),
        L: delay(pastIdleMs, 'overdue.after-update', { provokedBy: 'timer.before-send:error:every', hit: 1 }),
      },
    }),
    line({
      id: 'T11',
      title: 'the expiry is committed, before its event is sent',
      expected: 'the sweeper of events sends it',
      faults: {
        K: kill('local.before-send', { hit: 1 }),
        E: fail('local.before-send', { hit: 1 }),
      },
    }),
  ]
    .flat()
    .map(expiring),
};
