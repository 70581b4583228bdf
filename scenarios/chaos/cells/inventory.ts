import { pointsOf } from '../at-points.js';
import { line, type Group } from '../cell.js';
import { timings } from '../settings.js';
import { inventoryCommit } from './on-the-way.js';
import { handlingLines } from './handling.js';

const service = 'inventory';
const { kill, fail, delay } = pointsOf(service);
const pastIdleMs = timings.idleInTransactionMs + 500;
const expected = 'PostgreSQL aborts; handed out again, all lines or none';

export const inventory: Group = {
  name: 'I · inventory handles an order event',
  about: 'Reservation, sale or release in one local transaction, then the reply, then the acknowledgement.',
  cells: [
    handlingLines({ letter: 'I', service, type: 'order.placed', thorough: true, quick: true }),
    handlingLines({ letter: 'I', service, type: 'order.paid', thorough: false }),
    handlingLines({ letter: 'I', service, type: 'order.cancelled', thorough: false }),
    inventoryCommit,
    line({
      id: 'I11',
      title: 'the reservations are recorded, no stock has moved',
      expected,
      faults: {
        K: kill('reserve.after-reservation-rows'),
        E: fail('reserve.after-reservation-rows'),
        L: delay(pastIdleMs, 'reserve.after-reservation-rows'),
      },
    }),
    line({
      id: 'I12',
      title: 'the reservation is locked to be sold',
      expected,
      faults: { K: kill('sell.after-lock'), E: fail('sell.after-lock'), L: delay(pastIdleMs, 'sell.after-lock') },
    }),
    line({
      id: 'I13',
      title: 'the release has left its tombstone',
      expected,
      faults: {
        K: kill('release.after-tombstone'),
        E: fail('release.after-tombstone'),
        L: delay(pastIdleMs, 'release.after-tombstone'),
      },
    }),
  ].flat(),
};
