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
import type { Envelope } from '../envelope.js';
import type { ReachedPoint } from '../mq.config.js';
import { BrokerUnavailableError } from '../mq.errors.js';
import type { MqMetrics } from '../mq.metrics.js';
import type { HalfMessage, Log, OutgoingMessage } from '../rocketmq/wire.js';
import type { Topic } from '../topic.js';
import { carrierOf } from './carrier.js';

export interface SendsHalves {
  sendHalf(message: OutgoingMessage): Promise<HalfMessage>;
}

export interface HalfMessagesOptions {
  readonly broker: SendsHalves;
  readonly metrics: MqMetrics;
  readonly log: Log;
  readonly reached?: ReachedPoint;
}

const PROBE_EVERY_MS = 1_000;

type Stored = { readonly half: HalfMessage } | { readonly error: unknown };

/** A half message on its way, or none. */
export interface PendingHalf {
  /** Undefined when it is stored; otherwise why this transaction goes on without. Never rejects. */
  readonly missing: Promise<unknown>;
  /** Sends the verdict in the background, as soon as the half is stored. */
  settle(verdict: 'commit' | 'rollback'): void;
}

export class HalfMessages {
  /** Why the broker is taken to be down; undefined while it is up. */
  #down: unknown;
  #probeAtMs = 0;
  readonly #underWay = new Set<Promise<void>>();

  constructor(private readonly options: HalfMessagesOptions) {}

  /** @param event the only event of the transaction, if it has one. */
  send(topic: Topic, transactionId: string, event?: Envelope): PendingHalf {
    const { metrics } = this.options;
    const down = this.#down;
    if (down !== undefined) {
      const now = performance.now();
      if (now < this.#probeAtMs) {
        metrics.halves.inc({ topic: topic.name, result: 'skipped' });
        return { missing: Promise.resolve(down), settle: () => undefined };
      }
      // Until this one has an answer there is no other.
      this.#probeAtMs = Number.POSITIVE_INFINITY;
    }
    const stored = this.#send(topic, transactionId, event);
    return {
      missing: down !== undefined ? Promise.resolve(down) : stored.then((s) => ('half' in s ? undefined : s.error)),
      settle: (verdict) => this.#track(this.#settle(topic, transactionId, stored, verdict)),
    };
  }

  /** Waits for verdicts under way. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  async #send(topic: Topic, transactionId: string, event?: Envelope): Promise<Stored> {
    const { broker, metrics, log } = this.options;
    try {
      const half = await broker.sendHalf(carrierOf(topic.carrier ?? topic.name, transactionId, event));
      metrics.halves.inc({ topic: topic.name, result: 'stored' });
      log.debug({ transactionId, topic: topic.carrier, messageId: half.messageId }, 'half message sent');
      if (this.#down !== undefined) log.info({ topic: topic.carrier }, 'broker is back, half messages are sent again');
      this.#down = undefined;
      return { half };
    } catch (error) {
      const unavailable = error instanceof BrokerUnavailableError;
      metrics.halves.inc({ topic: topic.name, result: unavailable ? 'unavailable' : 'refused' });
      // A refusal is about this message; the broker itself is there.
      if (!unavailable) {
        log.warn({ transactionId, topic: topic.carrier, err: error }, 'half message refused');
        this.#probeAtMs = 0;
        return { error };
      }
      if (this.#down === undefined) {
        log.warn({ topic: topic.carrier, err: error }, 'broker is down, transactions go on without half messages');
      }
      this.#down = error;
      this.#probeAtMs = performance.now() + PROBE_EVERY_MS;
      return { error };
    }
  }

  async #settle(topic: Topic, transactionId: string, stored: Promise<Stored>, verdict: 'commit' | 'rollback') {
    const { metrics, log, reached } = this.options;
    const found = await stored;
    if (!('half' in found)) return;
    // After the caller's continuation: who waits for an answer comes first.
    await new Promise((resolve) => setImmediate(resolve));
    const { messageId } = found.half;
    try {
      if (reached) await reached('publish.before-verdict');
      await found.half[verdict]();
      metrics.verdicts.inc({ topic: topic.name, verdict, result: 'sent' });
      log.debug({ transactionId, topic: topic.carrier, messageId, verdict }, 'verdict sent');
    } catch (error) {
      metrics.verdicts.inc({ topic: topic.name, verdict, result: 'lost' });
      log.warn({ transactionId, messageId, verdict, err: error }, 'verdict lost, the check-back repeats it');
    }
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }
}
