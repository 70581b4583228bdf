/**
 * The way of a message through its consumer group, one thought:
 *
 *   received ─▶ admitted (is its key parked?) ─▶ lane ─▶ local transaction ─▶ COMMIT ─▶ replies ─▶ ack ─▶ next of the lane
 *                                                │ ▲          │ throws
 *                                                │ └─ pause ──┤ again in its lane, at most retryInLaneMs
 *                                                │            ├─ parked: a row, then ack            (later ones follow it there)
 *                                                │            ├─ unprocessable: quarantine, then ack (the lane goes on)
 *                                                │            └─ database away: nothing starts for a while, everything is kept
 *                                                └─ lease lost: dropped, with what waits behind it; the broker delivers again
 *
 * The order that matters: effect before reply before ack. A crash anywhere in between means redelivery, and an idempotent
 * handler gives the same reply again: the inbound message is the outbox of its reply. The concurrency cap counts local
 * transactions; replies and acks of a finished one overlap with the next, bounded by what the receiver holds.
 */
import { teller, type Facts, type Tell, type WriteStep } from '../journal/step.js';
import { UnprocessableMessageError } from '../mq.errors.js';
import type { LeasedMessage, Log, OutgoingMessage } from '../rocketmq/wire.js';
import { Admission } from './admission.js';
import type { Answers } from './answers.js';
import type { ConsumingMetrics } from './consuming-metrics.js';
import { backOff, codeOf, describe, looksUnreachable } from './failure.js';
import type { Handling, Readable } from './handling.js';
import { address, laneKey, type Held, type Subscription } from './held.js';
import { Lanes } from './lanes.js';
import type { ParkingLot } from './parking-lot.js';
import type { ReachedPoint } from '../mq.config.js';

export interface GroupConsumerOptions {
  readonly subscription: Subscription;
  readonly handling: Handling;
  readonly parkingLot: ParkingLot;
  readonly answers: Answers;
  readonly concurrency: number;
  readonly retryInLaneMs: number;
  readonly parkedAfterMs: number;
  readonly metrics: ConsumingMetrics;
  readonly log: Log;
  readonly reached?: ReachedPoint;
  readonly journal?: WriteStep;
}

const FIRST_PAUSE_MS = 50;
const AT_MOST_PAUSE_MS = 1_000;
/** What is given back is visible again after this: long enough for the head before it to be acknowledged. */
const GIVEN_BACK_MS = 1_000;

/** Takes what the receiver hands over and answers for each message exactly once: `ack`, `release`, or nothing when its lease is lost. */
export class GroupConsumer {
  readonly #held = new Set<Held>();
  readonly #lanes: Lanes<Held>;
  readonly #admission: Admission<Held>;
  readonly #answering = new Set<Promise<unknown>>();
  readonly #tell: Tell;
  #unavailable = 0;
  #answerUntilMs = Infinity;
  #stopped = false;

  constructor(private readonly options: GroupConsumerOptions) {
    this.#tell = teller(options.log, options.journal);
    this.#lanes = new Lanes({
      concurrency: options.concurrency,
      ruleOf: (held) =>
        held.alone || held.behindParked || held.addressed.flaw ? undefined : held.addressed.bound.batch,
      run: (heads) => this.#run(heads),
    });
    this.#admission = new Admission(
      (keys) => options.parkingLot.parkedAmong(keys),
      (held, parked) => {
        held.behindParked = parked;
        this.#lanes.add(held);
      },
      (error, pauseMs) =>
        options.log.warn({ ...this.#about(), pauseMs, reason: describe(error) }, 'database unavailable'),
    );
  }

  receive(leased: LeasedMessage): void {
    const { subscription, metrics } = this.options;
    const addressed = address(subscription, leased.message);
    const held: Held = {
      key: laneKey(addressed, leased.message),
      leased,
      addressed,
      behindParked: false,
      alone: false,
      failures: 0,
    };
    const { attempt, topic } = leased.message;
    this.#tell('event received', { ...this.#about(held), topic, attempt });
    if (attempt > 1) metrics.redelivered.inc(this.#labels(held));
    this.#held.add(held);
    metrics.inFlight.set({ group: subscription.group }, this.#held.size);
    if (this.#stopped) return this.#release(held);
    this.#admission.add(held);
  }

  /**
   * Starts nothing more, gives back what has not been started, and lets the rest finish.
   * @param drainMs after this, replies are no longer retried; what is still open then is left to the receiver's own stop.
   */
  async stop(drainMs: number): Promise<void> {
    this.#stopped = true;
    this.#answerUntilMs = Date.now() + drainMs;
    // In their order, so that they come back in it.
    for (const held of [...this.#lanes.stop(), ...this.#admission.stop()]) this.#release(held);
    const until = performance.now() + drainMs;
    while ((this.#lanes.running > 0 || this.#answering.size > 0) && performance.now() < until) {
      await Promise.race([...this.#answering, new Promise((resolve) => setTimeout(resolve, 20))]);
    }
  }

  async #run(heads: readonly Held[]): Promise<void> {
    const fit = heads.filter((held) => !this.#lostLease(held));
    const [first] = fit;
    if (!first) return;
    if (first.behindParked) return this.#park(first, undefined);
    const ready: { readonly held: Held; readonly readable: Readable }[] = [];
    for (const held of fit) {
      const readable = await this.#read(held);
      if (readable) ready.push({ held, readable });
    }
    if (ready.length > 0) await this.#handle(ready);
  }

  /** @returns undefined when it cannot be read: then it is on its way into quarantine, alone. */
  async #read(held: Held): Promise<Readable | undefined> {
    const { handling, subscription } = this.options;
    try {
      return handling.read(subscription.group, held.leased.message, held.addressed);
    } catch (error) {
      await this.#quarantine(held, error);
      return undefined;
    }
  }

  async #handle(work: readonly { readonly held: Held; readonly readable: Readable }[]): Promise<void> {
    const { handling, metrics, subscription } = this.options;
    const [first] = work;
    // Only messages with a handler can be read.
    const bound = first?.held.addressed.bound;
    if (!bound) return;
    const labels = { group: subscription.group, handler: bound.handler };
    for (const { held } of work) this.#observeLag(held);
    const stopClock = metrics.handlingSeconds.startTimer(labels);
    let replies: readonly (readonly OutgoingMessage[])[];
    try {
      replies = await handling.transact(
        bound,
        work.map(({ readable }) => readable),
      );
    } catch (error) {
      stopClock();
      await this.#failed(
        work.map(({ held }) => held),
        error,
      );
      return;
    }
    stopClock();
    this.#unavailable = 0;
    metrics.batchSize.observe(labels, work.length);
    // Not awaited: the slot is free for the next transaction, the lanes stay closed until their acks.
    work.forEach(({ held }, i) => this.#track(this.#answer(held, replies[i] ?? [])));
  }

  async #answer(held: Held, replies: readonly OutgoingMessage[]): Promise<void> {
    const { answers, metrics, reached } = this.options;
    const type = held.addressed.bound?.event.type;
    try {
      if (reached) await reached('consume.before-reply', type);
      const alive = (): boolean => !held.leased.leaseLost && Date.now() < this.#answerUntilMs;
      if (!(await answers.sendWhile(alive, replies))) {
        if (!this.#lostLease(held)) this.#giveBack(held);
        return;
      }
      if (reached) await reached('consume.before-ack', type);
    } catch (error) {
      // Refused for good, or interrupted: the effect is there, its answer is not. Handling it again repeats the answer.
      await this.#failed([held], error);
      return;
    }
    metrics.handlings.inc({ ...this.#labels(held), outcome: 'handled' });
    this.#acknowledge(held);
  }

  async #failed(failed: readonly Held[], error: unknown): Promise<void> {
    const { metrics, log, retryInLaneMs } = this.options;
    if (await this.#isDatabaseAway(error)) {
      for (const held of failed) metrics.handlings.inc({ ...this.#labels(held), outcome: 'unavailable' });
      return this.#wait(failed, error);
    }
    const [held, ...others] = failed;
    if (!held) return;
    if (others.length > 0) {
      // One of them may be bad, so each is tried alone; this run counts against none of them.
      log.warn(
        { ...this.#about(), members: failed.length, code: codeOf(error), reason: describe(error) },
        'batch failed',
      );
      for (const member of failed) {
        member.alone = true;
        this.#again(member, 0);
      }
      return;
    }
    metrics.handlings.inc({ ...this.#labels(held), outcome: 'failed' });
    if (error instanceof UnprocessableMessageError) return this.#quarantine(held, error);
    held.failures++;
    held.firstFailedAtMs ??= Date.now();
    const pauseMs = backOff(held.failures, FIRST_PAUSE_MS, AT_MOST_PAUSE_MS);
    if (Date.now() + pauseMs - held.firstFailedAtMs > retryInLaneMs) return this.#park(held, error);
    metrics.retries.inc(this.#labels(held));
    this.#tell('handler failed, trying again', {
      ...this.#about(held),
      failures: held.failures,
      pauseMs,
      code: codeOf(error),
      reason: describe(error),
    });
    this.#again(held, pauseMs);
  }

  /** Into the table, the acknowledgement only after it. What waits in the lane goes the same way: it must not go ahead. */
  async #park(held: Held, error: unknown): Promise<void> {
    const { parkingLot, metrics, parkedAfterMs } = this.options;
    // Someone else may have it by now, and may have handled it.
    if (this.#lostLease(held)) return;
    try {
      await parkingLot.park(held.key, held.leased.message, held.addressed, parkedAfterMs, error);
    } catch (cause) {
      return this.#wait([held], cause);
    }
    this.#unavailable = 0;
    this.#admission.parked(held.key);
    for (const later of this.#lanes.behind(held.key)) later.behindParked = true;
    metrics.parkings.inc(this.#labels(held));
    const why = error === undefined ? {} : { code: codeOf(error), reason: describe(error) };
    this.#tell('message parked', { ...this.#about(held), behind: error === undefined, ...why });
    this.#acknowledge(held);
  }

  async #quarantine(held: Held, error: unknown): Promise<void> {
    const { parkingLot, metrics, subscription } = this.options;
    try {
      await parkingLot.quarantine(held.key, held.leased.message, held.addressed, error);
    } catch (cause) {
      return this.#wait([held], cause);
    }
    this.#unavailable = 0;
    metrics.quarantinings.inc({ group: subscription.group, reason: 'unprocessable' });
    this.#tell('message quarantined', { ...this.#about(held), code: codeOf(error), reason: describe(error) });
    this.#acknowledge(held);
  }

  /** A connection that broke may be the message's own doing (a handler that idles too long), so the database is asked. */
  async #isDatabaseAway(error: unknown): Promise<boolean> {
    return looksUnreachable(error) && !(await this.options.parkingLot.isReachable());
  }

  /** The database is away: nobody's fault, so nothing counts; the heads stay heads and their leases are renewed. */
  #wait(held: readonly Held[], error: unknown): void {
    const pauseMs = backOff(++this.#unavailable, 100, 2_000);
    this.options.log.warn({ ...this.#about(), pauseMs, reason: describe(error) }, 'database unavailable');
    this.#lanes.suspend(pauseMs);
    for (const each of held) this.#again(each, 0);
  }

  #again(held: Held, afterMs: number): void {
    if (this.#stopped) this.#giveBack(held);
    else this.#lanes.again(held.key, afterMs);
  }

  /** True when the broker will deliver it again: then it and what waits behind it are dropped, for those must not go ahead of it. */
  #lostLease(held: Held): boolean {
    if (!held.leased.leaseLost) return false;
    this.options.metrics.handlings.inc({ ...this.#labels(held), outcome: 'lease-lost' });
    this.#tell('lease lost', this.#about(held));
    for (const later of this.#lanes.takeBehind(held.key)) this.#release(later);
    this.#forget(held);
    this.#lanes.finish(held.key);
    return true;
  }

  #acknowledge(held: Held): void {
    const { attempt } = held.leased.message;
    this.#track(
      held.leased.ack().then(() => {
        this.#tell('message acknowledged', { ...this.#about(held), attempt });
      }),
    );
    this.#forget(held);
    this.#lanes.finish(held.key);
  }

  #giveBack(held: Held): void {
    for (const later of this.#lanes.takeBehind(held.key)) this.#release(later);
    this.#release(held);
    this.#lanes.finish(held.key);
  }

  #release(held: Held): void {
    this.#track(held.leased.release(GIVEN_BACK_MS));
    this.#forget(held);
  }

  #forget(held: Held): void {
    this.#held.delete(held);
    this.options.metrics.inFlight.set({ group: this.options.subscription.group }, this.#held.size);
  }

  #track(work: Promise<unknown>): void {
    const tracked = work
      .catch((error: unknown) =>
        this.options.log.warn({ ...this.#about(), reason: describe(error) }, 'answer to the broker failed'),
      )
      .finally(() => this.#answering.delete(tracked));
    this.#answering.add(tracked);
  }

  #observeLag(held: Held): void {
    const { bornAt } = held.leased.message;
    if (bornAt)
      this.options.metrics.lagSeconds.observe(this.#labels(held), Math.max(0, Date.now() - bornAt.getTime()) / 1000);
  }

  #labels(held: Held): { readonly group: string; readonly type: string } {
    return { group: this.options.subscription.group, type: held.addressed.opened?.event.type ?? 'unreadable' };
  }

  #about(held?: Held): Facts {
    const { group } = this.options.subscription;
    const attributes = held?.addressed.opened?.envelope.attributes;
    if (!held) return { group };
    const { messageId } = held.leased.message;
    return attributes
      ? { group, eventId: attributes.id, type: attributes.type, key: attributes.subject, messageId }
      : { group, key: held.key, messageId };
  }
}
