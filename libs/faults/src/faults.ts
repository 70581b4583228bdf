import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, FAULTS_VARIABLE, FaultsRefusedError, type PlannedFault, readFaultPlan } from './fault-plan.js';

/**
 * Called by the code at its named points; does nothing at a point that is not armed.
 * @param what what the point is reached with, usually the type of an event; of a batch, each type that is in it.
 */
export type Reached = (point: string, what?: string | readonly string[]) => Promise<void>;

/** What an `error` fault throws: any step may fail, and this is how it looks when one does on purpose. */
export class InjectedFaultError extends Error {
  readonly code = 'FAULT_INJECTED';

  constructor(readonly point: string) {
    super(`A fault was injected at "${point}". Unset ${FAULTS_VARIABLE} to run without faults.`);
    this.name = 'InjectedFaultError';
  }
}

/** A fault that happened. A process that killed itself has nobody left to ask. */
export type FiredFault = Fault & {
  readonly point: string;
  readonly what?: string;
  readonly hit: number;
  /** ISO 8601. */
  readonly at: string;
};

export interface FaultState {
  readonly armed: readonly PlannedFault[];
  /** How often each point was reached since the last `arm`, as `<point>` and, where there is one, as `<point>@<what>`. */
  readonly hits: Readonly<Record<string, number>>;
  /** The last ones, oldest first. */
  readonly fired: readonly FiredFault[];
}

/** Names that are counted, and fired faults that are kept: more than there are points, and no leak if somebody names one by an id. */
const MAX_COUNTED = 1_000;
const MAX_FIRED = 1_000;

/**
 * Reads HALFWAY_FAULTS. Not set: undefined, so that the code under test skips its points altogether. `on`: enabled with nothing
 * armed, to be armed at run time. Anything else is a plan that is armed from the start.
 *
 * Kinds: `kill` sends this process SIGKILL (nothing is flushed, no handler runs), `stop` SIGSTOP (it stands still until
 * somebody sends SIGCONT), `error` throws {@link InjectedFaultError}, `delay:<ms>` waits.
 * @throws FaultsRefusedError when the syntax is wrong, and whenever faults are enabled while NODE_ENV is `production`.
 */
export function faultsFrom(environment: NodeJS.ProcessEnv = process.env): Faults | undefined {
  const text = environment[FAULTS_VARIABLE]?.trim() ?? '';
  if (text === '') return undefined;
  if (environment['NODE_ENV'] === 'production') {
    throw new FaultsRefusedError(`${FAULTS_VARIABLE} is set in production. Unset it: faults are for tests only.`);
  }
  return new Faults(text === 'on' ? [] : readFaultPlan(text));
}

/** Points of one process: what is armed, how often each was reached, what happened there. */
export class Faults {
  #armed: readonly PlannedFault[];
  #hits = new Map<string, number>();
  #fired: FiredFault[] = [];

  constructor(armed: readonly PlannedFault[] = []) {
    this.#armed = armed;
  }

  /** Replaces the plan and counts from zero again. @throws FaultsRefusedError for a plan it does not understand; the old one stays. */
  arm(plan: string): void {
    this.#armed = readFaultPlan(plan, 'The plan');
    this.#hits = new Map();
    this.#fired = [];
  }

  /** Nothing happens at any point any more; what was counted stays, a delay under way too. */
  disarm(): void {
    this.#armed = [];
  }

  state(): FaultState {
    return { armed: this.#armed, hits: Object.fromEntries(this.#hits), fired: [...this.#fired] };
  }

  readonly reached: Reached = async (point, what = []) => {
    // Counted before anything is awaited: two that come at once are the first and the second.
    const whats = [...new Set(typeof what === 'string' ? [what] : what)];
    const due = [this.#count(point), ...whats.map((one) => this.#count(point, one))].flat();
    for (const fired of due) {
      this.#fired = [...this.#fired.slice(1 - MAX_FIRED), fired];
      await act(fired);
    }
  };

  /** @returns the faults that are due at this hit. */
  #count(point: string, what?: string): readonly FiredFault[] {
    const name = what === undefined ? point : `${point}@${what}`;
    if (!this.#hits.has(name) && this.#hits.size >= MAX_COUNTED) return [];
    const hit = (this.#hits.get(name) ?? 0) + 1;
    this.#hits.set(name, hit);
    return this.#armed
      .filter((planned) => planned.point === point && planned.what === what)
      .filter((planned) => planned.hit === 'every' || planned.hit === hit)
      .map((planned) => ({ ...planned, hit, at: new Date().toISOString() }));
  }
}

async function act(fault: FiredFault): Promise<void> {
  switch (fault.kind) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return dead();
    case 'stop':
      process.kill(process.pid, 'SIGSTOP');
      return;
    case 'error':
      throw new InjectedFaultError(fault.point);
    case 'delay':
      await sleep(fault.delayMs);
      return;
    default:
      return fault satisfies never;
  }
}

/** The signal needs a moment to arrive; the step behind the point must not run in it. */
function dead(): Promise<never> {
  return new Promise(() => undefined);
}
