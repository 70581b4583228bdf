/**
 * Sends again what is not acknowledged end to end. It repairs whatever the fast way lost: a half message that was never
 * stored, one the broker gave up on, lost broker data, a total outage.
 *
 *   due ──claimed (attempts + 1, due again later)──▶ sent ──acknowledged by its reply──▶ gone from the index
 *    ▲                                                │
 *    └──────── broker unreachable: claim undone ──────┘
 *
 * Runs in every instance; a claim keeps them apart, so two do no harm but duplicates after a crash. While the broker is away
 * one event is tried at a time and no attempt is counted: otherwise an outage would push everything minutes into the future,
 * past its own end. A token bucket bounds what a backlog can do to a broker that has just come back.
 */
import type { Pool } from 'pg';
import { teller, type Tell, type WriteStep } from '../journal/step.js';
import type { MqTimings, ReachedPoint } from '../mq.config.js';
import { BrokerUnavailableError } from '../mq.errors.js';
import type { MqMetrics } from '../mq.metrics.js';
import type { Log } from '../rocketmq/wire.js';
import { typesOf } from './event.js';
import { factsOf, type Forwarder } from './forward.js';
import { onPool } from './on-pool.js';
import { TokenBucket } from './token-bucket.js';
import { claimDue, outstanding, unclaim, type Runs } from './transaction-log.js';

/** Events claimed at once, and events a second on average; a burst may take one second's worth. */
const BATCH = 100;
const PER_SECOND = 500;
const LONGEST_PAUSE_MS = 5_000;
const MEASURE_EVERY_MS = 5_000;

export interface SweeperOptions {
  readonly pool: Pool;
  readonly forwarder: Forwarder;
  readonly timings: Pick<MqTimings, 'resendAfterMs' | 'resendAtMostMs' | 'sweepEveryMs' | 'statementMs'>;
  readonly metrics: MqMetrics;
  readonly log: Log;
  readonly reached?: ReachedPoint;
  readonly journal?: WriteStep;
}

/** What one pass did. `more`: there may be further due events right now. `away`: broker or database did not answer. */
export interface Sweep {
  readonly sent: number;
  readonly more: boolean;
  readonly away: boolean;
}

export class Sweeper {
  readonly #log: Runs;
  readonly #tell: Tell;
  readonly #bucket = new TokenBucket(PER_SECOND, PER_SECOND);
  #running = false;
  #away = false;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<Sweep> | undefined;
  #measureAtMs = 0;

  constructor(private readonly options: SweeperOptions) {
    this.#log = onPool(options.pool, options.timings.statementMs);
    this.#tell = teller(options.log, options.journal);
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#next(0, 0);
  }

  /** Waits for the pass under way. */
  async stop(): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    await this.#pass;
  }

  /** One pass; a call during a pass gets that pass. Never throws. */
  sweep(): Promise<Sweep> {
    return (this.#pass ??= this.#sweep().finally(() => (this.#pass = undefined)));
  }

  #next(afterMs: number, failures: number): void {
    this.#timer = setTimeout(() => {
      void this.sweep().then(({ more, away }) => {
        if (!this.#running) return;
        const { sweepEveryMs } = this.options.timings;
        if (more) return this.#next(this.#bucket.waitMs(BATCH), 0);
        const pauseMs = away
          ? Math.min(sweepEveryMs * 2 ** failures, Math.max(sweepEveryMs, LONGEST_PAUSE_MS))
          : sweepEveryMs;
        // Jitter: instances that were started together do not ask together.
        this.#next(pauseMs * (0.75 + Math.random() / 2), away ? failures + 1 : 0);
      });
    }, afterMs);
  }

  async #sweep(): Promise<Sweep> {
    const { metrics, timings, log, reached, forwarder } = this.options;
    try {
      await this.#measure();
      const limit = this.#bucket.take(this.#away ? 1 : BATCH);
      if (limit === 0) return { sent: 0, more: true, away: false };
      const due = await claimDue(this.#log, limit, {
        afterMs: timings.resendAfterMs,
        atMostMs: timings.resendAtMostMs,
      });
      if (due.length === 0) return { sent: 0, more: false, away: false };
      if (reached) await reached('sweeper.after-select', typesOf(due));
      const results = await forwarder.forward(due);
      if (reached) await reached('sweeper.after-send', typesOf(due));
      const unsent: string[] = [];
      for (const { event, messageId, error } of results) {
        const facts = { ...factsOf(event), attempt: event.attempts };
        if (error === undefined) {
          metrics.resends.inc({ topic: event.topic, result: 'sent' });
          this.#tell('event sent again', { ...facts, messageId });
        } else if (error instanceof BrokerUnavailableError) {
          metrics.resends.inc({ topic: event.topic, result: 'unavailable' });
          unsent.push(event.envelope.attributes.id);
        } else {
          // Not this one, and nothing else suffers: it comes back with its back-off.
          metrics.resends.inc({ topic: event.topic, result: 'refused' });
          this.#tell('event refused by the broker', { ...facts, err: error });
        }
      }
      this.#sees(unsent.length === due.length, unsent.length, results.find(({ error }) => error !== undefined)?.error);
      if (unsent.length > 0) await unclaim(this.#log, unsent, 0);
      return { sent: due.length - unsent.length, more: !this.#away && due.length >= limit, away: this.#away };
    } catch (error) {
      log.warn({ err: error }, 'sweep failed, tried again later');
      return { sent: 0, more: false, away: true };
    }
  }

  /** After an outage the first success opens the way for the rest at once. */
  #sees(away: boolean, unsent: number, error: unknown): void {
    if (away && !this.#away) this.options.log.warn({ unsent, err: error }, 'broker is away, events wait in the log');
    if (!away && this.#away) this.options.log.info({}, 'broker is back, events are sent');
    this.#away = away;
  }

  async #measure(): Promise<void> {
    const now = performance.now();
    if (now < this.#measureAtMs) return;
    this.#measureAtMs = now + MEASURE_EVERY_MS;
    const { count, oldestSeconds } = await outstanding(this.#log);
    this.options.metrics.unacknowledged.set(count);
    this.options.metrics.unacknowledgedAgeSeconds.set(oldestSeconds);
  }
}
