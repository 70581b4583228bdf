/**
 * Joins the carrier topic and the FIFO topic. A carrier message only says that a transaction happened: what is to be sent is
 * read from the log, so a copy that is forged, aborted, or delivered once more finds nothing to send.
 *
 *   delivered ──▶ queued ──▶ one query for all queued ──▶ each unacknowledged event to the FIFO topic ──▶ ack
 *                                  │ database away              │ broker away
 *                                  └──────────▶ released, delivered again later ◀──┘
 *
 * Ack comes last: a crash before it means the events are sent twice, and never that they are not sent. An unreadable carrier
 * is logged and acked, since nothing hangs on it: the sweeper sends what the log has.
 */
import type { Pool } from 'pg';
import { teller, type Tell, type WriteStep } from '../journal/step.js';
import type { MqTimings, ReachedPoint } from '../mq.config.js';
import { BrokerUnavailableError } from '../mq.errors.js';
import type { MqMetrics } from '../mq.metrics.js';
import type { LeasedMessage, Log } from '../rocketmq/wire.js';
import type { Topic } from '../topic.js';
import { transactionIdOf } from '../transaction/carrier.js';
import { typesOf } from '../transaction/event.js';
import { factsOf, type Forwarder } from '../transaction/forward.js';
import { onPool } from '../transaction/on-pool.js';
import { unacknowledged, type Runs } from '../transaction/transaction-log.js';

/** Carriers in one query, and such batches at a time: the next is read while one is being sent. */
const BATCH = 64;
const BATCHES_AT_A_TIME = 2;
const FIRST_RELEASE_MS = 1_000;
const LONGEST_RELEASE_MS = 30_000;

export interface RelayOptions {
  readonly topic: Topic;
  readonly pool: Pool;
  readonly forwarder: Forwarder;
  readonly timings: Pick<MqTimings, 'statementMs'>;
  readonly metrics: MqMetrics;
  readonly log: Log;
  readonly reached?: ReachedPoint;
  readonly journal?: WriteStep;
}

interface Carrier {
  readonly transactionId: string;
  readonly leased: LeasedMessage;
}

export class Relay {
  readonly #queue: Carrier[] = [];
  readonly #batches = new Set<Promise<void>>();
  readonly #log: Runs;
  readonly #tell: Tell;

  constructor(private readonly options: RelayOptions) {
    this.#log = onPool(options.pool, options.timings.statementMs);
    this.#tell = teller(options.log, options.journal);
  }

  /** For `RocketConsumer`: takes a carrier message over. */
  readonly take = (leased: LeasedMessage): void => {
    const { log, metrics, topic } = this.options;
    try {
      this.#queue.push({ transactionId: transactionIdOf(leased.message), leased });
    } catch (error) {
      metrics.relays.inc({ topic: topic.name, result: 'unreadable' });
      log.warn({ topic: topic.carrier, err: error }, 'unreadable carrier message acknowledged');
      this.#run(leased.ack());
    }
    // On the next turn, so that what was received together is read together.
    setImmediate(() => this.#pump());
  };

  /** Waits for what is under way. */
  async drain(): Promise<void> {
    while (this.#queue.length > 0 || this.#batches.size > 0) {
      this.#pump();
      await Promise.all(this.#batches);
    }
  }

  #pump(): void {
    while (this.#queue.length > 0 && this.#batches.size < BATCHES_AT_A_TIME) {
      this.#run(this.#relay(this.#queue.splice(0, BATCH)));
    }
  }

  #run(work: Promise<void>): void {
    const run = work
      .catch((error: unknown) => this.options.log.warn({ err: error }, 'relay could not settle a carrier message'))
      .finally(() => {
        this.#batches.delete(run);
        this.#pump();
      });
    this.#batches.add(run);
  }

  async #relay(carriers: readonly Carrier[]): Promise<void> {
    // The others are somebody else's, or soon will be.
    const ours = carriers.filter(({ leased }) => !leased.leaseLost);
    let failed: ReadonlyMap<string, unknown>;
    try {
      failed = await this.#forward([...new Set(ours.map(({ transactionId }) => transactionId))]);
    } catch (error) {
      failed = new Map(ours.map(({ transactionId }) => [transactionId, error]));
    }
    await Promise.all(
      ours.map((carrier) => {
        const error = failed.get(carrier.transactionId);
        return error === undefined ? carrier.leased.ack() : this.#release(carrier, error);
      }),
    );
  }

  /** @returns the transactions that must be relayed again, with the reason. */
  async #forward(transactionIds: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    const { topic, forwarder, metrics, reached } = this.options;
    const ours = new Set(transactionIds);
    const open = transactionIds.length === 0 ? [] : await unacknowledged(this.#log, transactionIds);
    // What is open of the same key from before goes first, unless it has gone: its own carrier may come after this one.
    const events = open.filter(
      ({ transactionId, envelope }) => ours.has(transactionId) || !forwarder.hasSent(envelope.attributes.id),
    );
    if (reached) await reached('relay.before-forward', typesOf(events));
    const results = await forwarder.forward(events);
    if (reached) await reached('relay.after-forward', typesOf(events));
    const failed = new Map<string, unknown>();
    for (const { event, messageId, error } of results) {
      if (error === undefined) this.#tell('event relayed', { ...factsOf(event), messageId });
      else if (error instanceof BrokerUnavailableError) failed.set(event.transactionId, error);
      // Sending it again would fail again; the sweeper goes on trying, with its back-off.
      else this.#tell('event refused by the broker', { ...factsOf(event), err: error });
    }
    const found = new Set(events.map(({ transactionId }) => transactionId).filter((id) => ours.has(id)));
    const relayed = [...found].filter((id) => !failed.has(id));
    metrics.relays.inc({ topic: topic.name, result: 'relayed' }, relayed.length);
    metrics.relays.inc({ topic: topic.name, result: 'nothing' }, ours.size - found.size);
    if (reached) await reached('relay.before-ack', typesOf(events));
    return failed;
  }

  async #release({ transactionId, leased }: Carrier, error: unknown): Promise<void> {
    const { metrics, topic } = this.options;
    const { attempt, messageId } = leased.message;
    const afterMs = Math.min(FIRST_RELEASE_MS * 2 ** Math.min(attempt - 1, 10), LONGEST_RELEASE_MS);
    metrics.relays.inc({ topic: topic.name, result: 'released' });
    this.#tell('event not relayed, tried again', { transactionId, messageId, attempt, afterMs, err: error });
    await leased.release(afterMs);
  }
}
