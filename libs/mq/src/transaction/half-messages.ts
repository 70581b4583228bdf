/**
 * Half messages, their verdicts, and what to do while there is no broker:
 *
 *   up ──a half fails──▶ down ──a probe is stored──▶ up
 *
 * While down, requests go on without a half message (the sweeper publishes), so an outage costs the first ones a time-out
 * and the others nothing. The probe is one real half message a second that nobody waits for: its transaction goes on, and
 * the verdict follows the half whenever that is stored. Being late is no harm, the decision row is the truth.
 *
 * Verdicts are sent when the caller has its answer. A lost one is repeated by check-back; no verdict at all is what a
 * transaction in doubt gets.
 */
import { teller, type Facts, type Tell, type WriteStep } from '../journal/step.js';
import type { ReachedPoint } from '../mq.config.js';
import { BrokerUnavailableError } from '../mq.errors.js';
import type { MqMetrics } from '../mq.metrics.js';
import type { HalfMessage, Log, OutgoingMessage } from '../rocketmq/wire.js';

export interface SendsHalves {
  sendHalf(message: OutgoingMessage): Promise<HalfMessage>;
}

export interface HalfMessagesOptions {
  readonly broker: SendsHalves;
  readonly metrics: MqMetrics;
  readonly log: Log;
  readonly reached?: ReachedPoint;
  readonly journal?: WriteStep;
}

export interface OutgoingHalf {
  /** As the code names it, for the figures; a carrier goes by the name of its FIFO topic. */
  readonly topic: string;
  readonly message: OutgoingMessage;
  /** What its steps say about it. */
  readonly facts: Facts;
  /** Of its events, when `facts` has no key: the first step says them, the others go by the transaction. */
  readonly keys?: readonly string[];
}

const PROBE_EVERY_MS = 1_000;

type Stored = { readonly half: HalfMessage } | { readonly error: unknown };
type VerdictSent = 'sent' | 'lost' | 'none';

/** A half message on its way, or none. */
export interface PendingHalf {
  /** Undefined when it is stored; otherwise why this transaction goes on without. Never rejects. */
  readonly missing: Promise<unknown>;
  /** The broker's id, once it is stored. Never rejects. */
  readonly messageId: Promise<string | undefined>;
  /** Sends the verdict as soon as the half is stored; need not be awaited, and never rejects. `none`: there was no half. */
  settle(verdict: 'commit' | 'rollback'): Promise<VerdictSent>;
}

export class HalfMessages {
  /** Why the broker is taken to be down; undefined while it is up. */
  #down: unknown;
  #probeAtMs = 0;
  readonly #underWay = new Set<Promise<VerdictSent>>();
  readonly #tell: Tell;

  constructor(private readonly options: HalfMessagesOptions) {
    this.#tell = teller(options.log, options.journal);
  }

  send(half: OutgoingHalf): PendingHalf {
    const { metrics } = this.options;
    const down = this.#down;
    if (down !== undefined) {
      const now = performance.now();
      if (now < this.#probeAtMs) {
        metrics.halves.inc({ topic: half.topic, result: 'skipped' });
        return noHalf(down);
      }
      // Until this one has an answer there is no other.
      this.#probeAtMs = Number.POSITIVE_INFINITY;
    }
    const stored = this.#send(half);
    return {
      missing: down !== undefined ? Promise.resolve(down) : stored.then((s) => ('half' in s ? undefined : s.error)),
      messageId: stored.then((s) => ('half' in s ? s.half.messageId : undefined)),
      settle: (verdict) => this.#track(this.#settle(half, stored, verdict)),
    };
  }

  /** Waits for verdicts under way. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #send({ topic, message, facts, keys }: OutgoingHalf): Promise<Stored> {
    const { broker, metrics, log } = this.options;
    const about = { ...facts, ...(keys ? { keys } : {}), topic: message.topic };
    try {
      const half = await broker.sendHalf(message);
      metrics.halves.inc({ topic, result: 'stored' });
      this.#tell('half message sent', { ...about, messageId: half.messageId });
      if (this.#down !== undefined) log.info({ topic: message.topic }, 'broker is back, half messages are sent again');
      this.#down = undefined;
      return { half };
    } catch (error) {
      const unavailable = error instanceof BrokerUnavailableError;
      metrics.halves.inc({ topic, result: unavailable ? 'unavailable' : 'refused' });
      // A refusal is about this message; the broker itself is there.
      if (!unavailable) {
        this.#tell('half message refused', { ...about, err: error });
        this.#probeAtMs = 0;
        return { error };
      }
      if (this.#down === undefined) {
        log.warn({ topic: message.topic, err: error }, 'broker is down, transactions go on without half messages');
      }
      this.#down = error;
      this.#probeAtMs = performance.now() + PROBE_EVERY_MS;
      return { error };
    }
  }

  async #settle(
    { topic, message, facts }: OutgoingHalf,
    stored: Promise<Stored>,
    verdict: 'commit' | 'rollback',
  ): Promise<VerdictSent> {
    const { metrics, reached } = this.options;
    const found = await stored;
    if (!('half' in found)) return 'none';
    // After the caller's continuation: who waits for an answer comes first.
    await new Promise((resolve) => setImmediate(resolve));
    const { messageId } = found.half;
    try {
      if (reached) await reached('publish.before-verdict', verdict);
      await found.half[verdict]();
      if (reached) await reached('publish.after-verdict', verdict);
      metrics.verdicts.inc({ topic, verdict, result: 'sent' });
      this.#tell('verdict sent', { ...facts, topic: message.topic, messageId, verdict });
      return 'sent';
    } catch (error) {
      metrics.verdicts.inc({ topic, verdict, result: 'lost' });
      this.#tell('verdict lost, the check-back repeats it', { ...facts, messageId, verdict, err: error });
      return 'lost';
    }
  }

  #track(work: Promise<VerdictSent>): Promise<VerdictSent> {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
    return work;
  }
}

const noHalf = (down: unknown): PendingHalf => ({
  missing: Promise.resolve(down),
  messageId: Promise.resolve(undefined),
  settle: () => Promise.resolve('none'),
});
