import type { MessageView } from 'rocketmq-client-nodejs';
import { Lease, type LeaseKeeper, type LeaseWire } from './lease.js';
import type { Log } from './wire.js';
import { within } from './within.js';

/** A message given back at a stop is visible again after this. */
const GIVEN_BACK_MS = 1_000;
const GIVE_BACK_AT_MOST_MS = 3_000;

/** Every message that was handed out and not settled: renews the leases, knows when there are none left. */
export class LeaseBook implements LeaseKeeper {
  readonly wire: LeaseWire;
  readonly leaseMs: number;
  readonly log: Log;
  readonly #held = new Set<Lease>();
  /** The latest copy of a message. A second one may arrive while the first is still being worked on. */
  readonly #latest = new Map<string, Lease>();
  readonly #timer: NodeJS.Timeout;
  #onEmpty: (() => void) | undefined;

  constructor(wire: LeaseWire, leaseMs: number, log: Log) {
    this.wire = wire;
    this.leaseMs = leaseMs;
    this.log = log;
    this.#timer = setInterval(() => this.#renewDue(), leaseMs / 10);
  }

  get size(): number {
    return this.#held.size;
  }

  add(view: MessageView): Lease {
    const lease = new Lease(view, this);
    this.#latest.get(identity(view))?.supersede();
    this.#latest.set(identity(view), lease);
    this.#held.add(lease);
    return lease;
  }

  ended(lease: Lease): void {
    this.#held.delete(lease);
    const id = identity(lease.view);
    if (this.#latest.get(id) === lease) this.#latest.delete(id);
    if (this.#held.size === 0) this.#onEmpty?.();
  }

  /** Waits until nothing is held, `ms` at most. */
  async drained(ms: number): Promise<boolean> {
    if (this.#held.size === 0) return true;
    const empty = new Promise<true>((resolve) => (this.#onEmpty = () => resolve(true)));
    return within(Math.max(1, ms), 'the drain', empty).catch(() => false);
  }

  /** Gives everything back that its owner did not settle. Never rejects. */
  async releaseRest(): Promise<void> {
    const rest = [...this.#held].filter((lease) => !lease.settling);
    if (rest.length === 0) return;
    this.log.warn({ messages: rest.length }, 'messages given back unhandled');
    const released = Promise.allSettled(rest.map((lease) => lease.release(GIVEN_BACK_MS)));
    await within(GIVE_BACK_AT_MOST_MS, 'giving back', released).catch((error: unknown) =>
      this.log.warn({ err: error }, 'not everything was given back, it returns when its lease is over'),
    );
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #renewDue(): void {
    const now = Date.now();
    for (const lease of this.#held) lease.renewIfDue(now);
  }
}

/** The id alone may repeat: half messages that were checked back are stored again, at another offset. */
function identity({ topic, messageId, offset }: MessageView): string {
  return `${topic} ${messageId} ${offset}`;
}
