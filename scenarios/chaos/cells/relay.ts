import { pointsOf } from '../at-points.js';
import { line, type Group } from '../cell.js';
import { leaseMs, timings } from '../settings.js';

const { kill, fail, delay, stand } = pointsOf('order');
const pastResendMs = timings.resendAfterMs + 500;
const expected = 'duplicates only';

export const relay: Group = {
  name: 'R · the relay',
  about: 'From the carrier topic, which only knows transactions, to the ordered topic that inventory reads.',
  cells: [
    line({
      id: 'R1',
      title: 'before the events are sent on',
      expected,
      faults: {
        K: kill('relay.before-forward'),
        E: fail('relay.before-forward'),
        L: delay(pastResendMs, 'relay.before-forward'),
        P: stand(leaseMs + 1_000, 'relay.before-forward', { hit: 1 }),
      },
    }),
    line({
      id: 'R2',
      title: 'after the events are sent on',
      expected,
      faults: {
        K: kill('relay.after-forward'),
        T: fail('relay.after-forward'),
        L: delay(pastResendMs, 'relay.after-forward'),
      },
      quick: ['T'],
    }),
    line({
      id: 'R3',
      title: 'before the carrier message is acknowledged',
      expected,
      faults: {
        K: kill('relay.before-ack'),
        E: fail('relay.before-ack'),
        L: delay(pastResendMs, 'relay.before-ack'),
      },
    }),
  ].flat(),
};
