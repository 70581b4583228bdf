import { pointsOf } from '../at-points.js';
import { line, type Cell, type Group } from '../cell.js';
import { timings } from '../settings.js';
import type { World } from '../world.js';

const { kill, fail, delay, stand } = pointsOf('order');
const pastFenceMs = timings.fenceAfterMs + 500;
const pastIdleMs = timings.idleInTransactionMs + 500;
const pastRequestMs = timings.requestMs + 500;
/** A local transaction that fails and says so. */
const rolledBack = { provokedBy: 'publish.before-commit:error:1', hit: 1 } as const;
/** A second process answers the broker meanwhile: a check-back is nobody's own. */
const withPeer = { peer: true } as const;

async function fenced(world: World): Promise<void> {
  world.checks.equal('a tombstone has ended what took too long', (await world.tombstones()) > 0, true);
}

/** What other transactional events have in common with order.placed: the way of their half message and their decision. */
function publishing(type: string): readonly Cell[] {
  const at = (point: string): string => `publish.${point}@${type}`;
  const name = type.replace(/^.*\./, '');
  return [
    line({
      id: `C3.${name}`,
      title: `${type}: half message stored`,
      expected: 'nothing has happened; the repeated request does it once',
      faults: { K: kill(at('after-half')), E: fail(at('before-half')), T: fail(at('after-half')) },
    }),
    line({
      id: `C5.${name}`,
      title: `${type}: all written, before COMMIT`,
      expected: 'nothing has happened; the repeated request does it once',
      faults: { K: kill(at('before-commit')), E: fail(at('before-commit')), L: delay(pastIdleMs, at('before-commit')) },
    }),
    line({
      id: `C7.${name}`,
      title: `${type}: after COMMIT, before the verdict`,
      expected: 'check-back or sweeper delivers it',
      faults: { K: kill(at('after-commit')), E: fail(at('after-commit')) },
    }),
  ].flat();
}

export const place: Group = {
  name: 'C · a customer places an order, pays, cancels',
  about: 'From the look-up of the idempotency key to the answer: half message, local transaction, verdict.',
  cells: [
    line({
      id: 'C1',
      title: 'before the look-up of the key',
      expected: 'nothing exists; the repeated request places one order',
      faults: {
        K: kill('place.before-lookup'),
        E: fail('place.before-lookup'),
        L: delay(pastFenceMs, 'place.before-lookup'),
        P: stand(pastFenceMs, 'place.before-lookup'),
      },
    }),
    line({
      id: 'C2',
      title: 'after the look-up of the key',
      expected: 'nothing exists; the repeated request places one order',
      faults: {
        K: kill('place.after-lookup'),
        E: fail('place.after-lookup'),
        L: delay(pastFenceMs, 'place.after-lookup'),
        P: stand(pastFenceMs, 'place.after-lookup'),
      },
    }),
    line({
      id: 'C3',
      title: 'the half message is stored',
      expected: 'no row, so a tombstone and rollback; the repeated request has another id and places one order',
      faults: {
        K: kill('publish.after-half'),
        E: fail('publish.before-half'),
        T: fail('publish.after-half'),
      },
      quick: ['K'],
    }),
    line({
      id: 'C3',
      title: 'the half message is stored, and the fence passes before BEGIN',
      expected: 'the tombstone wins, the request is answered 503, the repeated one places one order',
      faults: {
        L: delay(pastFenceMs + 2_500, 'publish.after-half'),
        P: stand(pastFenceMs + 3_000, 'publish.after-half', withPeer),
      },
      check: fenced,
    }),
    line({
      id: 'C4',
      title: 'the decision row is written, nothing else yet',
      expected: 'PostgreSQL aborts; a check-back meanwhile answers unknown; the repeated request places one order',
      faults: {
        K: kill('publish.after-decision'),
        E: fail('publish.after-decision'),
        L: delay(pastIdleMs, 'publish.after-decision'),
      },
    }),
    line({
      id: 'C4',
      title: 'the decision row is written, and the process stands still past the fence',
      expected: 'the tombstone wins, the resumed request is answered 5xx, the repeated one places one order',
      faults: { P: stand(pastFenceMs + 3_000, 'publish.after-decision', withPeer) },
      check: fenced,
    }),
    line({
      id: 'C5',
      title: 'all is written, before COMMIT',
      expected: 'PostgreSQL aborts; a check-back meanwhile answers unknown; the repeated request places one order',
      faults: {
        K: kill('publish.before-commit'),
        E: fail('publish.before-commit'),
        L: delay(pastIdleMs, 'publish.before-commit'),
      },
    }),
    line({
      id: 'C5',
      title: 'all is written, and the process stands still past the fence',
      expected: 'the tombstone wins, the resumed request is answered 5xx, the repeated one places one order',
      faults: { P: stand(pastFenceMs + 3_000, 'publish.before-commit', withPeer) },
      check: fenced,
    }),
    line({
      id: 'C7',
      title: 'after COMMIT, before the verdict',
      expected: 'check-back or sweeper delivers within 15 s; one reservation',
      faults: {
        K: kill('publish.after-commit'),
        E: fail('publish.after-commit'),
        L: delay(pastFenceMs, 'publish.after-commit'),
      },
      quick: ['K'],
    }),
    line({
      id: 'C7',
      title: 'after COMMIT, and the process stands still past the fence',
      expected: 'the check-back of another process reads the decision and delivers',
      faults: { P: stand(pastFenceMs + 3_000, 'publish.after-commit', withPeer) },
    }),
    line({
      id: 'C8',
      title: 'the verdict',
      expected: 'check-back or sweeper delivers; one reservation',
      faults: {
        K: kill('publish.before-verdict@commit'),
        E: fail('publish.before-verdict@commit'),
        T: fail('publish.after-verdict@commit'),
        L: delay(pastFenceMs, 'publish.before-verdict@commit'),
      },
    }),
    line({
      id: 'C8.rollback',
      title: 'the verdict of a transaction that was rolled back',
      expected: 'nobody ever hears of it',
      faults: {
        K: kill('publish.before-verdict@rollback', rolledBack),
        E: fail('publish.before-verdict@rollback', rolledBack),
        T: fail('publish.after-verdict@rollback', rolledBack),
      },
    }),
    line({
      id: 'C9',
      title: 'before the HTTP answer',
      expected: 'the repeated request gets the stored answer',
      faults: {
        K: kill('place.before-answer'),
        E: fail('place.before-answer'),
        L: delay(pastRequestMs, 'place.before-answer'),
      },
    }),
    line({
      id: 'C11',
      title: 'the alarm of the payment window is set',
      expected: 'the order is placed without an alarm, or with one for an order that never was',
      faults: {
        K: kill('timer.before-send'),
        E: fail('timer.before-send'),
        T: fail('timer.after-send'),
        L: delay(pastRequestMs, 'timer.before-send'),
      },
    }),
    publishing('order.paid'),
    publishing('order.cancelled'),
    line({
      id: 'C12',
      title: 'the order is cancelled in its row, before the event is recorded',
      expected: 'PostgreSQL aborts both; the repeated request cancels once',
      faults: {
        K: kill('cancel.after-update'),
        E: fail('cancel.after-update'),
        L: delay(pastIdleMs, 'cancel.after-update'),
        P: stand(pastFenceMs, 'cancel.after-update'),
      },
    }),
  ].flat(),
};
