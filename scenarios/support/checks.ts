import { isDeepStrictEqual } from 'node:util';
import type { TimelineLine } from './timeline.js';

/** One sentence that must be true, with what was expected and what was found. */
export interface Check {
  readonly sentence: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly holds: boolean;
}

export interface Verdict {
  readonly holds: boolean;
  readonly checks: readonly Check[];
  readonly timeline: readonly TimelineLine[];
}

/** Collects what a scenario found; nothing is thrown, so that a verdict names everything that is wrong and not the first of it. */
export class Checks {
  readonly #checks: Check[] = [];

  equal(sentence: string, actual: unknown, expected: unknown): void {
    this.#checks.push({ sentence, expected, actual, holds: isDeepStrictEqual(actual, expected) });
  }

  atMost(sentence: string, actual: number, limit: number, unit = ''): void {
    const holds = actual <= limit;
    this.#checks.push({ sentence, expected: `≤ ${limit}${unit}`, actual: `${round(actual)}${unit}`, holds });
  }

  /** So far. */
  get all(): readonly Check[] {
    return this.#checks;
  }

  verdict(timeline: readonly TimelineLine[]): Verdict {
    return { holds: this.#checks.every(({ holds }) => holds), checks: this.#checks, timeline };
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;
