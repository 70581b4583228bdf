import { setTimeout as pause } from 'node:timers/promises';
import { between, pick, randomOf } from '../support/random.js';
import type { System } from '../support/system.js';
import type { Fault } from './faults.js';

export interface Sabotage {
  readonly faults: readonly Fault[];
  readonly seed: number;
  /** From one fault to the next. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** In this order instead of at random, so that a short run sees each. */
  readonly inTurn?: boolean;
}

/** What was broken how often, and how long until it was whole again. */
export type Damage = Readonly<Record<string, { readonly times: number; readonly longestMs: number }>>;

/**
 * Breaks one thing after the other; the seed decides which, and after what pause. A fault that cannot be mended is thrown:
 * then it is the machine that does not stand the run, and nothing that is seen afterwards says anything.
 */
export class Saboteur {
  readonly #damage = new Map<string, { times: number; longestMs: number }>();

  constructor(
    private readonly system: System,
    private readonly sabotage: Sabotage,
  ) {}

  get damage(): Damage {
    return Object.fromEntries(this.#damage);
  }

  /** Until `signal`; the last fault is over then. */
  async work(signal: AbortSignal): Promise<void> {
    const { faults, seed, leastMs, mostMs, inTurn } = this.sabotage;
    const random = randomOf(seed);
    for (let count = 0; ; count++) {
      // The only way in which it fails: the run is over.
      await pause(between(random, leastMs, mostMs), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const next = inTurn ? faults[count % faults.length] : undefined;
      await this.#break(next ?? pick(random, faults), random);
    }
  }

  async #break({ name, run }: Fault, random: () => number): Promise<void> {
    const startedAt = performance.now();
    await run(this.system, random);
    const tookMs = performance.now() - startedAt;
    const { times, longestMs } = this.#damage.get(name) ?? { times: 0, longestMs: 0 };
    this.#damage.set(name, { times: times + 1, longestMs: Math.max(longestMs, tookMs) });
  }
}
