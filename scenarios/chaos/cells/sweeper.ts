import { pointsOf, type AtPoint } from '../at-points.js';
import { line, type Group } from '../cell.js';
import { timings } from '../settings.js';

const { kill, fail, delay, stand } = pointsOf('order');
/** No verdict arrives and no check-back is answered, so that only the sweeper is left to send. */
const due: AtPoint = { provokedBy: 'publish.before-verdict:error:every,resolve.before-select:error:every', hit: 1 };
const pastResendMs = timings.resendAfterMs + 500;

export const sweeper: Group = {
  name: 'S · the sweeper',
  about: 'Sends again what nobody has acknowledged end to end.',
  cells: [
    line({
      id: 'S1',
      title: 'due events are claimed, none is sent',
      expected: 'due again later; duplicates only',
      faults: {
        K: kill('sweeper.after-select', due),
        E: fail('sweeper.after-select', due),
        L: delay(pastResendMs, 'sweeper.after-select', due),
        P: stand(pastResendMs, 'sweeper.after-select', { ...due, peer: true }),
      },
    }),
    line({
      id: 'S2',
      title: 'the events are sent, the sweeper does not know',
      expected: 'due again later; duplicates only',
      faults: {
        K: kill('sweeper.after-send', due),
        T: fail('sweeper.after-send', due),
        L: delay(pastResendMs, 'sweeper.after-send', due),
      },
      quick: ['T'],
    }),
  ].flat(),
};
