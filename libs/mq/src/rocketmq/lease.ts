import type { MessageView } from 'rocketmq-client-nodejs';
import { toIncoming } from './message-mapping.js';
import type { IncomingMessage, LeasedMessage, Log } from './wire.js';

/** What a lease needs of the broker. */
export interface LeaseWire {
  /** Never rejects. */
  ack(view: MessageView, giveUpAt: number): Promise<void>;
  /** changeInvisibleDuration. @returns the new receipt handle, or undefined when the old one is not valid any more */
  extend(view: MessageView, ms: number): Promise<string | undefined>;
  /** The message left the client's cache: counted there until then. */
  evict(view: MessageView): void;
}

/** Owner of the leases, told when one ends. */
export interface LeaseKeeper {
  readonly wire: LeaseWire;
  readonly leaseMs: number;
  readonly log: Log;
  ended(lease: Lease): void;
}

const RELEASE_ATTEMPTS = 3;

/**
 * One copy of a message and our hold on it. States: held → settling → ended; `leaseLost` may become true in any of them.
 *
 * The client lets the proxy renew, which goes on for 34 s after this process died. Here the hold is the invisible time of the
 * receive, renewed by ourselves at half time, so a killed consumer is replaced within one lease.
 */
export class Lease implements LeasedMessage {
  readonly message: IncomingMessage;
  readonly view: MessageView;
  readonly #keeper: LeaseKeeper;
  #until: number;
  #lost = false;
  #renewal: Promise<void> | undefined;
  #settled: Promise<void> | undefined;

  constructor(view: MessageView, keeper: LeaseKeeper) {
    this.view = view;
    this.message = toIncoming(view);
    this.#keeper = keeper;
    this.#until = Date.now() + keeper.leaseMs;
  }

  get leaseLost(): boolean {
    return this.#lost || Date.now() >= this.#until;
  }

  get settling(): boolean {
    return this.#settled !== undefined;
  }

  ack(): Promise<void> {
    return (this.#settled ??= this.#settle(() => this.#keeper.wire.ack(this.view, this.#until)));
  }

  release(afterMs: number): Promise<void> {
    return (this.#settled ??= this.#settle(() => this.#giveBack(afterMs)));
  }

  /** A newer copy arrived, so the broker has given up on this one. */
  supersede(): void {
    this.#lost = true;
  }

  /** Renews when half of the lease has passed; one renewal at a time. */
  renewIfDue(now: number): void {
    const { leaseMs } = this.#keeper;
    if (this.#renewal || this.#settled || this.leaseLost || this.#until - now > leaseMs / 2) return;
    this.#renewal = this.#renew(leaseMs).finally(() => (this.#renewal = undefined));
  }

  async #renew(leaseMs: number): Promise<void> {
    const { wire, log } = this.#keeper;
    const { topic, messageId } = this.message;
    const asked = Date.now(); // before the call: the broker counts from somewhere after
    try {
      const handle = await wire.extend(this.view, leaseMs);
      if (handle === undefined) {
        this.#lost = true;
        log.warn({ topic, messageId }, 'lease lost, the message will be delivered again');
        return;
      }
      this.#useHandle(handle);
      this.#until = asked + leaseMs;
    } catch (error) {
      log.warn({ topic, messageId, err: error }, 'lease not renewed, trying again');
    }
  }

  async #settle(tellBroker: () => Promise<void>): Promise<void> {
    await this.#renewal; // it changes the receipt handle
    try {
      // Nothing to tell about a lost lease: its handle is void, the message is under way to somebody.
      if (!this.leaseLost) await tellBroker();
    } finally {
      this.#keeper.wire.evict(this.view);
      this.#keeper.ended(this);
    }
  }

  async #giveBack(afterMs: number): Promise<void> {
    const { wire, log } = this.#keeper;
    const { topic, messageId } = this.message;
    for (let attempt = 1; !this.leaseLost; attempt++) {
      try {
        await wire.extend(this.view, afterMs);
        return;
      } catch (error) {
        if (attempt < RELEASE_ATTEMPTS) continue;
        log.warn({ topic, messageId, err: error }, 'message not given back, it returns when its lease is over');
        return;
      }
    }
  }

  /** Read-only in the client, which has no renewal of its own; its ack requests are built from the view. */
  #useHandle(receiptHandle: string): void {
    Object.assign(this.view, { receiptHandle });
  }
}
