/** What happens at a crash point: the process kills itself, the step fails, it waits, or the process stands still until SIGCONT. */
export type Fault =
  | { readonly kind: 'kill' }
  | { readonly kind: 'error' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'stop' };

export interface PlannedFault {
  readonly point: string;
  readonly fault: Fault;
  /** Which time the point is reached, from 1; `every` for each time. */
  readonly hit: number | 'every';
}

/** The variable that arms faults. */
export const FAULTS_VARIABLE = 'HALFWAY_FAULTS';

/** HALFWAY_FAULTS is not understood, or not allowed here. Raised at boot, before anything is opened. */
export class FaultsRefusedError extends Error {
  readonly code = 'FAULTS_REFUSED';

  constructor(text: string) {
    super(text);
    this.name = 'FaultsRefusedError';
  }
}

const SYNTAX =
  'Write "<point>:<kind>:<hit>", several with commas between them: kind is kill, error, stop or delay:<ms>; hit is 1 for the ' +
  'first time the point is reached, or every; e.g. "publish.after-commit:kill:1,relay.before-ack:delay:250:every".';

const POINT = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const MAX_DELAY_MS = 600_000;

/**
 * Reads the value of HALFWAY_FAULTS.
 * @throws FaultsRefusedError naming the part that is wrong, and the right syntax.
 */
export function readFaultPlan(text: string): readonly PlannedFault[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(readPart);
}

function readPart(part: string): PlannedFault {
  const [point = '', kind = '', ...rest] = part.split(':');
  const delay = kind === 'delay' ? rest.shift() : undefined;
  const fault = readFault(kind, delay);
  const hit = readHit(rest[0] ?? '1');
  if (!POINT.test(point) || !fault || !hit || rest.length > 1) {
    throw new FaultsRefusedError(`${FAULTS_VARIABLE} has "${part}". ${SYNTAX}`);
  }
  return { point, fault, hit };
}

function readFault(kind: string, delay: string | undefined): Fault | undefined {
  switch (kind) {
    case 'kill':
    case 'error':
    case 'stop':
      return { kind };
    case 'delay': {
      const delayMs = wholeNumber(delay ?? '', MAX_DELAY_MS);
      return delayMs === undefined ? undefined : { kind, delayMs };
    }
    default:
      return undefined;
  }
}

function readHit(text: string): number | 'every' | undefined {
  return text === 'every' ? 'every' : wholeNumber(text, 1_000_000);
}

/** From 1 to `max`. */
function wholeNumber(text: string, max: number): number | undefined {
  const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= max ? number : undefined;
}
