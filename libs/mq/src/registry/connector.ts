import { backOff, describe } from '../consuming/failure.js';
import { BrokerUnavailableError } from '../mq.errors.js';
import type { Log } from '../rocketmq/wire.js';

const FIRST_PAUSE_MS = 500;
const AT_MOST_PAUSE_MS = 5_000;
/** After a definite refusal: somebody has to correct something first. */
const REFUSED_PAUSE_MS = 10_000;

/**
 * Starts something that needs the broker. The first try belongs to the boot: a definite refusal stops it. A broker that is
 * away does not: the service works without it, and this goes on trying in the background.
 */
export class Connector {
  #timer?: NodeJS.Timeout;
  #trying: Promise<void> = Promise.resolve();
  #stopped = false;
  #failures = 0;
  #started = false;
  #reason?: string;

  constructor(
    readonly name: string,
    private readonly start: () => Promise<void>,
    private readonly log: Log,
  ) {}

  get started(): boolean {
    return this.#started;
  }

  /** Why it is not started: the last failure. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** @throws the broker's definite refusal (ConfigurationError). */
  async begin(): Promise<void> {
    try {
      await this.start();
      this.#started = true;
    } catch (error) {
      if (!(error instanceof BrokerUnavailableError)) throw error;
      this.#retry(error);
    }
  }

  /** Tries no more; waits for a try that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#trying;
  }

  #retry(error: unknown): void {
    this.#reason = reasonOf(error);
    if (this.#stopped) return;
    const away = error instanceof BrokerUnavailableError;
    const pauseMs = away ? backOff(++this.#failures, FIRST_PAUSE_MS, AT_MOST_PAUSE_MS) : REFUSED_PAUSE_MS;
    const facts = { part: this.name, pauseMs, reason: this.#reason };
    if (away) this.log.warn(facts, 'broker not reached, trying again');
    else this.log.error(facts, 'broker refuses, trying again');
    this.#timer = setTimeout(() => void (this.#trying = this.#again()), pauseMs);
  }

  async #again(): Promise<void> {
    try {
      await this.start();
      this.#started = true;
      this.#reason = undefined;
      this.log.info({ part: this.name, failures: this.#failures }, 'connected');
    } catch (error) {
      this.#retry(error);
    }
  }
}

/** The text that helps: of a failure without an answer that is its cause. */
export function reasonOf(error: unknown): string {
  return error instanceof BrokerUnavailableError && error.cause ? describe(error.cause) : describe(error);
}
