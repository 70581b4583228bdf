import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, FAULTS_VARIABLE, FaultsRefusedError, type PlannedFault, readFaultPlan } from './fault-plan.js';

/** Called by the code at its named points; does nothing at a point that is not armed. */
export type CrashPoints = (point: string) => Promise<void> | void;

/** What an `error` fault throws: any step may fail, and this is how it looks when one does on purpose. */
export class InjectedFaultError extends Error {
  readonly code = 'FAULT_INJECTED';

  constructor(readonly point: string) {
    super(`A fault was injected at "${point}". Unset ${FAULTS_VARIABLE} to run without faults.`);
    this.name = 'InjectedFaultError';
  }
}

/**
 * Reads HALFWAY_FAULTS. Nothing armed: undefined, so that the code under test skips its points altogether.
 *
 * Kinds: `kill` sends this process SIGKILL (nothing is flushed, no handler runs), `stop` SIGSTOP (it stands still until
 * somebody sends SIGCONT), `error` throws {@link InjectedFaultError}, `delay:<ms>` waits.
 * @throws FaultsRefusedError when the syntax is wrong, and whenever something is armed while NODE_ENV is `production`.
 */
export function crashPoints(environment: NodeJS.ProcessEnv = process.env): CrashPoints | undefined {
  const plan = readFaultPlan(environment[FAULTS_VARIABLE] ?? '');
  if (!plan.length) return undefined;
  if (environment['NODE_ENV'] === 'production') {
    throw new FaultsRefusedError(`${FAULTS_VARIABLE} is set in production. Unset it: faults are for tests only.`);
  }
  return armed(plan);
}

function armed(plan: readonly PlannedFault[]): CrashPoints {
  const hits = new Map<string, number>();
  return async (point) => {
    const hit = (hits.get(point) ?? 0) + 1;
    hits.set(point, hit);
    for (const planned of plan) {
      if (planned.point === point && (planned.hit === 'every' || planned.hit === hit)) await act(planned.fault, point);
    }
  };
}

async function act(fault: Fault, point: string): Promise<void> {
  switch (fault.kind) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return dead();
    case 'stop':
      process.kill(process.pid, 'SIGSTOP');
      return;
    case 'error':
      throw new InjectedFaultError(point);
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
