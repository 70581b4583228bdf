import { teller, type Tell, type WriteStep } from '../journal/step.js';
import { BrokerUnavailableError, UnprocessableMessageError } from '../mq.errors.js';
import type { MqTimings } from '../mq.config.js';
import type { Log } from '../rocketmq/wire.js';
import type { Answers } from './answers.js';
import type { ConsumingMetrics } from './consuming-metrics.js';
import { backOff, codeOf, describe, looksUnreachable } from './failure.js';
import type { Handling } from './handling.js';
import { address, type Subscription } from './held.js';
import { incomingOf, type ParkedRow, type ParkingLot } from './parking-lot.js';

export interface ParkWorkerOptions {
  readonly subscription: Subscription;
  readonly handling: Handling;
  readonly parkingLot: ParkingLot;
  readonly answers: Answers;
  readonly timings: Pick<
    MqTimings,
    'parkedAfterMs' | 'parkedAtMostMs' | 'parkedAttempts' | 'statementMs' | 'requestMs'
  >;
  readonly metrics: ConsumingMetrics;
  readonly log: Log;
  readonly journal?: WriteStep;
}

/** Keys at a time, per group and process; beside the lanes' cap, which parked keys must not use up. */
const KEYS_AT_A_TIME = 4;
/** Messages of one key in one go; a long backlog must not keep other keys waiting. */
const IN_ONE_GO = 50;
const COUNT_EVERY_MS = 5_000;

/**
 * Heals parked keys: claims what is due by PostgreSQL's clock, runs the same handler in the same way as the lane does, sends
 * the replies, and only then removes the row, so that the row is the outbox of its reply and keeps later messages of the key
 * behind it until the reply is out. A key whose head succeeds goes on with its next message at once.
 *
 * After the last attempt the head rests in quarantine and the later messages of its key go on: otherwise one message would
 * stop its key for ever, and receivers have to bear any order anyway. What is quarantined may be replayed; it then is
 * handled after those that passed it.
 */
export class ParkWorker {
  #timer?: NodeJS.Timeout;
  #round: Promise<void> = Promise.resolve();
  #stopped = false;
  #countedAt = 0;
  readonly #tell: Tell;

  constructor(private readonly options: ParkWorkerOptions) {
    this.#tell = teller(options.log, options.journal);
  }

  start(): void {
    this.#schedule(0);
  }

  /** Starts no further message; waits for the ones under way, at most `drainMs`. */
  async stop(drainMs: number): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    let bell: NodeJS.Timeout | undefined;
    await Promise.race([this.#round, new Promise((resolve) => (bell = setTimeout(resolve, drainMs)))]);
    clearTimeout(bell);
  }

  #schedule(afterMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void (this.#round = this.#work()), afterMs);
  }

  async #work(): Promise<void> {
    const { parkingLot, log, subscription, timings } = this.options;
    const pollMs = Math.min(1_000, Math.max(50, timings.parkedAfterMs / 4));
    try {
      const keys = await parkingLot.claim(KEYS_AT_A_TIME, this.#claimMs);
      await Promise.all(keys.map((key) => this.#heal(key)));
      await this.#count();
      this.#schedule(keys.length === KEYS_AT_A_TIME ? 0 : pollMs);
    } catch (error) {
      log.warn({ group: subscription.group, reason: describe(error) }, 'parked messages cannot be read');
      this.#schedule(2_000);
    }
  }

  // Longer than any handling may take, so that a claim ends only with its worker.
  get #claimMs(): number {
    const { statementMs, requestMs } = this.options.timings;
    return 20_000 + statementMs + requestMs;
  }

  /** In the order of the key, until it is empty, fails, has had its share, or we stop. */
  async #heal(key: string): Promise<void> {
    const { parkingLot, log, subscription } = this.options;
    try {
      for (let handled = 0; handled < IN_ONE_GO && !this.#stopped; handled++) {
        const row = await parkingLot.head(key, this.#claimMs);
        if (!row) return await parkingLot.dropKeyIfEmpty(key);
        if (!(await this.#attempt(row))) return;
      }
      await parkingLot.unclaim(key);
    } catch (error) {
      // The claim ends by itself.
      log.warn({ group: subscription.group, key, reason: describe(error) }, 'parked key left for later');
    }
  }

  /** @returns true when the key may go on with its next message. */
  async #attempt(row: ParkedRow): Promise<boolean> {
    const { parkingLot, timings, metrics, subscription } = this.options;
    const { group } = subscription;
    const about = {
      group,
      eventId: row.event_id,
      ...(row.event_type === null ? {} : { type: row.event_type }),
      key: row.message_key,
      messageId: row.message_id,
      attempt: row.attempts,
    };
    const labels = { group, type: row.event_type ?? 'unreadable' };
    const pauseMs = backOff(row.attempts, timings.parkedAfterMs, timings.parkedAtMostMs);
    try {
      await this.#handle(row);
      await parkingLot.done(row.id);
      metrics.handlings.inc({ ...labels, outcome: 'handled' });
      this.#tell('parked message healed', about);
      return true;
    } catch (error) {
      const facts = { ...about, code: codeOf(error), reason: describe(error) };
      if (error instanceof BrokerUnavailableError || (looksUnreachable(error) && !(await parkingLot.isReachable()))) {
        metrics.handlings.inc({ ...labels, outcome: 'unavailable' });
        await parkingLot.later(row, pauseMs, error, false);
        return false;
      }
      metrics.handlings.inc({ ...labels, outcome: 'failed' });
      const unprocessable = error instanceof UnprocessableMessageError;
      if (unprocessable || row.attempts >= timings.parkedAttempts) {
        await parkingLot.giveUp(row.id, error);
        metrics.quarantinings.inc({ group, reason: unprocessable ? 'unprocessable' : 'exhausted' });
        this.#tell('message quarantined', facts);
        return true;
      }
      await parkingLot.later(row, pauseMs, error, true);
      this.#tell('parked message failed again', { ...facts, pauseMs });
      return false;
    }
  }

  async #handle(row: ParkedRow): Promise<void> {
    const { handling, subscription, answers, metrics } = this.options;
    const { group } = subscription;
    const incoming = incomingOf(row);
    const addressed = address(subscription, incoming);
    const readable = handling.read(group, incoming, addressed);
    if (addressed.flaw) throw addressed.flaw;
    const stopClock = metrics.handlingSeconds.startTimer({ group, handler: addressed.bound.handler });
    const [replies = []] = await handling.transact(addressed.bound, [readable]).finally(stopClock);
    // One try: while the broker is away the row waits better than a loop in here would.
    await answers.send(replies);
  }

  async #count(): Promise<void> {
    if (Date.now() - this.#countedAt < COUNT_EVERY_MS) return;
    this.#countedAt = Date.now();
    const { parkingLot, metrics, subscription } = this.options;
    const { parked, quarantined } = await parkingLot.counts();
    metrics.parked.set({ group: subscription.group }, parked);
    metrics.quarantined.set({ group: subscription.group }, quarantined);
  }
}
