import { pointsOf, type AtPoint } from '../at-points.js';
import { line, type Group } from '../cell.js';
import { timings } from '../settings.js';

const { kill, fail, delay, stand } = pointsOf('order');
/** The broker hears no verdict of some transactions, so it asks. */
const asked: AtPoint = { provokedBy: 'publish.before-verdict:error:every', hit: 1 };
/** A half message without any transaction, so that there is no decision to read and one has to be made. */
const undecided: AtPoint = { provokedBy: 'publish.after-half:error:1', hit: 1 };
const pastAnswerMs = timings.resendAfterMs + 500;
const withPeer = { peer: true } as const;

export const checkBack: Group = {
  name: 'B · the broker asks for the verdict',
  about: 'The check-back reads the decision, or makes one; whoever dies over it, the answer stays the same.',
  cells: [
    line({
      id: 'B1',
      title: 'asked, before the decision is read',
      expected: 'asked again; the decision does not change',
      faults: {
        K: kill('resolve.before-select', asked),
        E: fail('resolve.before-select', asked),
        L: delay(pastAnswerMs, 'resolve.before-select', asked),
        P: stand(pastAnswerMs, 'resolve.before-select', { ...asked, ...withPeer }),
      },
      quick: ['E'],
    }),
    line({
      id: 'B2',
      title: 'the tombstone is laid, before the decision is read again',
      expected: 'asked again; the tombstone is the decision',
      faults: {
        K: kill('resolve.after-tombstone', undecided),
        E: fail('resolve.after-tombstone', undecided),
        L: delay(pastAnswerMs, 'resolve.after-tombstone', undecided),
        P: stand(pastAnswerMs, 'resolve.after-tombstone', { ...undecided, ...withPeer }),
      },
    }),
    line({
      id: 'B3',
      title: 'the decision is read, before the broker hears of it',
      expected: 'asked again; the same answer',
      faults: {
        K: kill('resolve.before-answer', asked),
        E: fail('resolve.before-answer', asked),
        L: delay(pastAnswerMs, 'resolve.before-answer', asked),
        P: stand(pastAnswerMs, 'resolve.before-answer', { ...asked, ...withPeer }),
      },
    }),
  ].flat(),
};
