/** What happens at a crash point: the process kills itself, the step fails, it waits, or the process stands still until SIGCONT. */
export type Fault =
  | { readonly kind: 'kill' }
  | { readonly kind: 'error' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'stop' };

export type PlannedFault = Fault & {
  readonly point: string;
  /** Only when the point is reached with this, usually the type of an event; absent: with whatever. */
  readonly what?: string;
  /** Which time the point is reached (with `what`), from 1; `every` for each time. */
  readonly hit: number | 'every';
};

/** The variable that enables faults: `on`, or a plan. */
export const FAULTS_VARIABLE = 'HALFWAY_FAULTS';

/** A plan is not understood, or faults are not allowed here. Nothing was changed. */
export class FaultsRefusedError extends Error {
  readonly code = 'FAULTS_REFUSED';

  constructor(text: string) {
    super(text);
    this.name = 'FaultsRefusedError';
  }
}

const SYNTAX =
  'Write "<point>[@<what>]:<kind>:<hit>", several with commas between them: what is the type of an event, kind is kill, error, ' +
  'stop or delay:<ms>, hit is 1 for the first time the point is reached, or every; e.g. ' +
  '"publish.after-commit:kill:1,consume.before-ack@order.paid:delay:250:every".';

const NAME = /^[a-z0-9]+(?:[.-][a-z0-9]+)*$/;
const MAX_DELAY_MS = 600_000;

/**
 * Reads a plan; an empty text is the empty plan.
 * @param from where the text comes from, for the error.
 * @throws FaultsRefusedError naming the part that is wrong, and the right syntax.
 */
export function readFaultPlan(text: string, from: string = FAULTS_VARIABLE): readonly PlannedFault[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const planned = readPart(part);
      if (!planned) throw new FaultsRefusedError(`${from} has "${part.slice(0, 100)}". ${SYNTAX}`);
      return planned;
    });
}

function readPart(part: string): PlannedFault | undefined {
  const [where = '', kind = '', ...rest] = part.split(':');
  const [point = '', what, ...tooMuch] = where.split('@');
  const delay = kind === 'delay' ? rest.shift() : undefined;
  const fault = readFault(kind, delay);
  const hit = readHit(rest[0] ?? '1');
  if (!fault || !hit || rest.length > 1 || tooMuch.length > 0) return undefined;
  if (!NAME.test(point) || (what !== undefined && !NAME.test(what))) return undefined;
  return { point, ...(what === undefined ? {} : { what }), ...fault, hit };
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
