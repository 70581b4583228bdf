/**
 * How a transaction ended that nobody heard the end of. Check-back, the in-doubt branch and tools all ask here:
 *
 *   a  read the decision                                → COMMITTED: commit · ABORTED: rollback
 *   b  younger than the fence                           → unknown, asked again (only spares slow, living requests)
 *   c  insert the decision ABORTED, if there is none    → waits for a running transaction, 500 ms, then unknown
 *   d  read the decision again                          → now there is one, and it is final
 *
 * The tombstone of c is a fence. "No row, so it rolled back" would lose committed orders: the row of a running transaction
 * is invisible, and a killed client's backend has been seen to commit seconds later. With the tombstone in place such a
 * COMMIT dies on the primary key and takes its order with it; without it, no waiting time is long enough.
 *
 * c and d are two statements because one has one snapshot: when another decision is committed while c waits, a read in the
 * same statement still does not see it.
 *
 * Committed with every event acknowledged answers rollback: nothing is left to deliver, and it ends the broker's copies,
 * which multiply by being asked about. Whatever fails here is unknown: the broker asks again.
 *
 * Clocks: the id's time comes from the application's clock, its age is measured with PostgreSQL's. Only liveness hangs on
 * it, so a wrong clock is not trusted in either direction: |age| counts. Minutes fast or slow, the worst is a tombstone
 * for a request that is still between its half message and its BEGIN, whose caller may simply repeat it.
 */
import pg, { type Pool } from 'pg';
import { surviveConnectionLoss } from '../connection-loss.js';
import { teller, type Tell, type WriteStep } from '../journal/step.js';
import type { MqTimings, ReachedPoint } from '../mq.config.js';
import type { MqMetrics } from '../mq.metrics.js';
import type { IncomingMessage, Log, Verdict } from '../rocketmq/wire.js';
import { transactionIdOf } from './carrier.js';
import { timeOfId, type DecidedBy } from './event.js';
import { onPool } from './on-pool.js';
import { layTombstone, readDecision, type Decision, type Runs } from './transaction-log.js';

export interface Resolution {
  readonly decision: 'COMMITTED' | 'ABORTED' | 'unknown';
  /** What the broker is to hear. */
  readonly verdict: Verdict;
}

const UNKNOWN: Resolution = { decision: 'unknown', verdict: 'unknown' };

/** So many checks run at a time; more wait at the client's gate. */
const CONNECTIONS = 3;
const CONNECT_MS = 1_000;
const LOCK_MS = 500;
const STATEMENT_MS = 1_000;
/** For the in-doubt branch, where a caller waits: a backend that still commits is done within milliseconds, or hangs. */
const IN_DOUBT_PAUSES_MS: readonly number[] = [50, 200, 500];

/** Who asks for a transaction of its own has no living request to spare. */
const OURS: ReadonlySet<DecidedBy> = new Set(['in-doubt', 'local']);

export interface ResolverOptions {
  /** The service's pool; a small one of the resolver's own is made like it, so that checks never queue behind requests. */
  readonly pool: Pool;
  readonly timings: Pick<MqTimings, 'fenceAfterMs'>;
  readonly metrics: MqMetrics;
  readonly log: Log;
  readonly reached?: ReachedPoint;
  readonly journal?: WriteStep;
}

export class Resolver {
  readonly #pool: Pool;
  readonly #log: Runs;
  readonly #tell: Tell;

  constructor(private readonly options: ResolverOptions) {
    const { options: like } = options.pool;
    this.#pool = new pg.Pool({
      ...like,
      // pg hides it from enumeration.
      password: like.password,
      max: CONNECTIONS,
      min: 0,
      connectionTimeoutMillis: CONNECT_MS,
      lock_timeout: LOCK_MS,
      statement_timeout: STATEMENT_MS,
      allowExitOnIdle: true,
    });
    this.#pool.on('connect', surviveConnectionLoss);
    this.#pool.on('error', (error) => options.log.debug({ err: error }, 'idle check-back connection lost'));
    this.#log = onPool(this.#pool, STATEMENT_MS + 500);
    this.#tell = teller(options.log, options.journal);
  }

  /** A check-back of the broker. Never throws. */
  async answer(half: IncomingMessage): Promise<Verdict> {
    const { log, metrics } = this.options;
    const { messageId } = half;
    const attempt = Number(half.properties['TRANSACTION_CHECK_TIMES'] ?? half.attempt);
    let transactionId: string | undefined;
    let found = UNKNOWN;
    try {
      transactionId = transactionIdOf(half);
      this.#tell('check-back asked', { transactionId, messageId, attempt });
      found = await this.resolve(transactionId, 'check-back');
    } catch (error) {
      // Not rollback: a version that we cannot read may be a newer one's, running beside us.
      log.warn({ messageId, err: error }, 'check-back for an unreadable half message');
    }
    const { decision, verdict } = found;
    metrics.checkBacks.inc({ verdict });
    if (transactionId !== undefined) {
      this.#tell('check-back answered', { transactionId, messageId, decision, verdict, attempt });
    }
    return verdict;
  }

  /** Our own COMMIT got no answer: no need to spare a living request, it is ours. Never throws. */
  async settle(transactionId: string): Promise<Resolution> {
    let found = await this.resolve(transactionId, 'in-doubt');
    for (const pauseMs of IN_DOUBT_PAUSES_MS) {
      if (found.decision !== 'unknown') break;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      found = await this.resolve(transactionId, 'in-doubt');
    }
    this.options.metrics.inDoubt.inc({ resolved: found.decision });
    return found;
  }

  /** Steps a to d. Never throws: any doubt is `unknown`. */
  async resolve(transactionId: string, by: DecidedBy): Promise<Resolution> {
    const { log, reached } = this.options;
    try {
      if (reached) await reached('resolve.before-select', by);
      const resolution = await this.#decide(transactionId, by);
      if (reached) await reached('resolve.before-answer', by);
      return resolution;
    } catch (error) {
      // 55P03, lock not available: the transaction is running this very moment, which is no failure.
      const running = error instanceof pg.DatabaseError && error.code === '55P03';
      if (!running) log.warn({ transactionId, by, err: error }, 'transaction could not be resolved, left unknown');
      return UNKNOWN;
    }
  }

  async stop(): Promise<void> {
    await this.#pool.end();
  }

  async #decide(transactionId: string, by: DecidedBy): Promise<Resolution> {
    const { metrics, reached } = this.options;
    const first = await readDecision(this.#log, transactionId);
    if (first.decision) return resolutionOf(first);
    if (!OURS.has(by) && this.#isYoung(transactionId, first.nowMs)) return UNKNOWN;
    const laid = await layTombstone(this.#log, transactionId, by);
    if (laid) {
      metrics.tombstones.inc({ by });
      this.#tell('transaction aborted by tombstone', { transactionId, detail: by });
    }
    if (reached) await reached('resolve.after-tombstone', by);
    return resolutionOf(await readDecision(this.#log, transactionId));
  }

  #isYoung(transactionId: string, nowMs: number): boolean {
    const bornMs = timeOfId(transactionId);
    // An id that is no uuidv7 is none of ours, and nobody's to abort.
    return bornMs === undefined || Math.abs(nowMs - bornMs) < this.options.timings.fenceAfterMs;
  }
}

function resolutionOf({ decision, open }: Decision): Resolution {
  if (decision === null) return UNKNOWN;
  return { decision, verdict: decision === 'COMMITTED' && open ? 'commit' : 'rollback' };
}
