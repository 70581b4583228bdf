import type { AuditedDatabases } from '../audit/databases.js';
import { watchAudit } from '../audit/watch.js';

/**
 * Promises about time. They are made to a system that is left alone: while things break every few seconds, they are told and
 * not held against it; in the end they count like all others.
 */
const aboutTime = new Set(['O7', 'O8', 'O9']);

export interface Observed {
  readonly looks: number;
  /** A database was away. */
  readonly notJudged: number;
  /** What must hold at any moment and did not, with an example. */
  readonly violations: readonly string[];
  /** How often a promise about time was late. */
  readonly late: Readonly<Record<string, number>>;
}

/** The auditor, running all the time. */
export class Observer {
  #looks = 0;
  #notJudged = 0;
  readonly #violations: string[] = [];
  readonly #late = new Map<string, number>();

  async work(databases: AuditedDatabases, everyMs: number, signal: AbortSignal): Promise<void> {
    for await (const { at, result } of watchAudit({ ...databases, everyMs, signal })) {
      this.#looks += 1;
      if (!result.judged) {
        this.#notJudged += 1;
        continue;
      }
      for (const { id, sentence, violations, examples } of result.appeared) {
        if (aboutTime.has(id)) this.#late.set(id, (this.#late.get(id) ?? 0) + 1);
        else this.#violations.push(`${at} ${id} ${sentence}: ${violations}, e.g. ${JSON.stringify(examples[0])}`);
      }
    }
  }

  get observed(): Observed {
    return {
      looks: this.#looks,
      notJudged: this.#notJudged,
      violations: this.#violations,
      late: Object.fromEntries(this.#late),
    };
  }
}
