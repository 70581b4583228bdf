import { describe } from '../consuming/failure.js';
import { BrokerUnavailableError } from '../mq.errors.js';
import type { MqRuntime, Part } from './runtime.js';

export interface MqReadiness {
  readonly ready: boolean;
  readonly parts: readonly Part[];
  /** Why the broker does not answer, when it does not. */
  readonly reason?: string;
}

/** A probe must not cost more than what it probes. */
const REMEMBERED_MS = 1_000;

/** Readiness of the messaging side: every producer and consumer registered, and the broker answering now. */
export class MqHealth {
  #asked?: { readonly atMs: number; readonly answer: Promise<MqReadiness> };

  constructor(private readonly runtime: MqRuntime) {}

  /** Never rejects. The answer may be a second old. */
  check(): Promise<MqReadiness> {
    const now = performance.now();
    if (!this.#asked || now - this.#asked.atMs > REMEMBERED_MS) this.#asked = { atMs: now, answer: this.#ask() };
    return this.#asked.answer;
  }

  async #ask(): Promise<MqReadiness> {
    try {
      await this.runtime.ping();
    } catch (error) {
      // Of "no answer" the cause says more than we could.
      const reason = describe(error instanceof BrokerUnavailableError ? (error.cause ?? error) : error);
      return { ready: false, parts: this.runtime.parts, reason };
    }
    const { parts } = this.runtime;
    return { ready: parts.every(({ connected }) => connected), parts };
  }
}
