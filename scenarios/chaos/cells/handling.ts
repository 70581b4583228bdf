import { line, type Cell } from '../cell.js';
import { pointsOf } from '../at-points.js';
import { leaseMs, timings } from '../settings.js';
import type { ServiceName } from '../world.js';

export interface HandlingLines {
  /** `I` makes `I1.placed.K`. */
  readonly letter: string;
  readonly service: ServiceName;
  /** The event that is handled. */
  readonly type: string;
  /** Of several types whose way is the same, one goes it in small steps and with the slow kinds too. */
  readonly thorough: boolean;
  readonly quick?: boolean;
}

const expected = 'handed out again, one effect, the same reply, nothing stays locked';
/** A message whose process stands still for longer than its lease belongs to somebody else afterwards. */
const pastLeaseMs = leaseMs + 1_000;
const pastIdleMs = timings.idleInTransactionMs + 500;
const pastResendMs = timings.resendAfterMs + 500;

/** The way of one event type through a consumer, from before BEGIN to before its acknowledgement. */
export function handlingLines({ letter, service, type, thorough, quick = false }: HandlingLines): readonly Cell[] {
  const { kill, fail, delay, stand } = pointsOf(service);
  const at = (point: string): string => `consume.${point}@${type}`;
  const name = (number: number): string => `${letter}${number}.${type.replace(/^.*\./, '')}`;
  const slow = (point: string, delayMs: number) =>
    thorough ? { L: delay(delayMs, at(point)), P: stand(pastLeaseMs, at(point), { hit: 1 }) } : {};
  const earlySteps = [
    line({
      id: name(1),
      title: `${type}: before BEGIN`,
      expected,
      faults: {
        K: kill(at('before-begin')),
        E: fail(at('before-begin')),
        ...slow('before-begin', pastResendMs),
      },
    }),
    line({
      id: name(2),
      title: `${type}: the handler is done, its answer not yet recorded`,
      expected,
      faults: {
        K: kill(at('after-handler')),
        E: fail(at('after-handler')),
        ...slow('after-handler', pastIdleMs),
      },
    }),
  ];
  const steps = [
    line({
      id: name(3),
      title: `${type}: before COMMIT`,
      expected,
      faults: { K: kill(at('before-commit')), E: fail(at('before-commit')), ...slow('before-commit', pastIdleMs) },
    }),
    line({
      id: name(4),
      title: `${type}: after COMMIT, the handler does not know`,
      expected,
      faults: { K: kill(at('after-commit')), T: fail(at('after-commit')), ...slow('after-commit', pastResendMs) },
      quick: quick ? ['T'] : [],
    }),
    line({
      id: name(5),
      title: `${type}: before its reply`,
      expected,
      faults: { K: kill(at('before-reply')), E: fail(at('before-reply')), ...slow('before-reply', pastResendMs) },
      quick: quick ? ['K'] : [],
    }),
    line({
      id: name(6),
      title: `${type}: replied, before the acknowledgement`,
      expected,
      faults: { K: kill(at('before-ack')), E: fail(at('before-ack')), ...slow('before-ack', pastResendMs) },
    }),
  ];
  return [...(thorough ? earlySteps : []), ...steps].flat();
}
