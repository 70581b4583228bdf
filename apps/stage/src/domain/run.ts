/**
 * One performance of a scenario. States, and who moves them:
 *
 *   QUEUED ──begin──▶ RUNNING ──conclude──▶ HOLDS | FAILS | SKIPPED
 *      └──────abandon──────┴──────────────▶ ABANDONED            the stage stopped before the run had ended
 */
export const RUN_STATES = ['QUEUED', 'RUNNING', 'HOLDS', 'FAILS', 'SKIPPED', 'ABANDONED'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** One line of what happened, as it happens: a request, a fault, a repair. */
export interface Step {
  readonly at: string;
  readonly who: string;
  readonly what: string;
  readonly detail?: string;
  readonly tookMs?: number;
  readonly tone?: 'fault' | 'repair';
}

/** What the end of a run says. The shapes of checks, timeline and audit are those of the scenarios. */
export interface Conclusion {
  readonly state: 'HOLDS' | 'FAILS' | 'SKIPPED';
  readonly reason?: string;
  readonly durationMs: number;
  readonly checks: readonly object[];
  readonly timeline: readonly object[];
  readonly audit?: object;
}

export interface RunRecord {
  readonly runId: string;
  readonly scenario: string;
  /** How its orders are placed, as `POST /orders` names it. */
  readonly flow: string;
  readonly state: RunState;
  readonly queuedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly reason: string | null;
  readonly steps: readonly Step[];
  /** Null until the run has ended. */
  readonly verdict: Omit<Conclusion, 'state' | 'reason'> | null;
}

/** What a follower gets: every step from the first, then the end. */
export type RunEvent =
  | { readonly kind: 'step'; readonly index: number; readonly step: Step }
  | { readonly kind: 'end'; readonly record: RunRecord };

export class Run {
  #record: RunRecord;
  readonly #steps: Step[];
  #wake: (() => void)[] = [];

  constructor(record: RunRecord) {
    this.#record = record;
    this.#steps = [...record.steps];
  }

  static queue(played: Pick<RunRecord, 'runId' | 'scenario' | 'flow'>, now: Date): Run {
    const nothing = { startedAt: null, endedAt: null, reason: null, steps: [], verdict: null } as const;
    return new Run({ ...played, state: 'QUEUED', queuedAt: now.toISOString(), ...nothing });
  }

  get record(): RunRecord {
    return { ...this.#record, steps: [...this.#steps] };
  }

  get hasEnded(): boolean {
    return this.#record.endedAt !== null;
  }

  begin(now: Date): void {
    this.#become({ state: 'RUNNING', startedAt: now.toISOString() });
  }

  add(step: Step): void {
    this.#steps.push(step);
    this.#tell();
  }

  conclude({ state, reason, ...verdict }: Conclusion, now: Date): void {
    this.#become({ state, reason: reason ?? null, verdict, endedAt: now.toISOString() });
  }

  /** Nothing is said about the system: the run did not get to its end. */
  abandon(reason: string, now: Date): void {
    if (!this.hasEnded) this.#become({ state: 'ABANDONED', reason, endedAt: now.toISOString() });
  }

  /** From the step `first` on, those that are already there at once. Ends when the run does. */
  async *follow(first = 0): AsyncGenerator<RunEvent> {
    for (let next = first; ;) {
      for (; next < this.#steps.length; next++) {
        const step = this.#steps[next];
        if (step) yield { kind: 'step', index: next, step };
      }
      if (this.hasEnded) return yield { kind: 'end', record: this.record };
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  #become(change: Partial<RunRecord>): void {
    this.#record = { ...this.#record, ...change };
    this.#tell();
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
