import { format } from 'node:util';
import type { ILogger } from 'rocketmq-client-nodejs';
import type { Log } from './wire.js';

const silent = (): void => undefined;

/**
 * The client's own logger writes files under the home folder and a line per step. This one keeps the warnings, one per template
 * and `repeatMs`: in an outage every queue of every topic reports the same failure once a second.
 *
 * All four methods must exist (without `debug`, commit() and rollback() throw), and there must be no `close`.
 */
export class ClientLog implements ILogger {
  readonly debug = silent;
  readonly info = silent;
  readonly #log: Log;
  readonly #facts: object;
  readonly #repeatMs: number;
  readonly #shownAt = new Map<string, number>();
  #muted = false;

  constructor(log: Log, facts: object, repeatMs = 5_000) {
    this.#log = log;
    this.#facts = facts;
    this.#repeatMs = repeatMs;
  }

  /** For good: what ends on purpose is reported by the client as a failure. */
  mute(): void {
    this.#muted = true;
  }

  warn(...args: readonly unknown[]): void {
    const template = String(args[0]);
    const now = Date.now();
    if (this.#muted || now - (this.#shownAt.get(template) ?? 0) < this.#repeatMs) return;
    // Templates are constants of the client; the bound only guards against one that is not.
    if (this.#shownAt.size > 200) this.#shownAt.clear();
    this.#shownAt.set(template, now);
    const detail = format(...args.map((arg) => (arg instanceof Error ? arg.message : arg)));
    this.#log.warn({ ...this.#facts, detail }, 'rocketmq client warned');
  }

  /** The client calls everything an error that it tries again a second later. */
  error(...args: readonly unknown[]): void {
    this.warn(...args);
  }
}
