/**
 * The publish protocol, docs/flow.md ①–③:
 *
 *   0  a new transaction id, before any I/O
 *   1  half message                                         none: go on, or turn away who asked for that
 *   2  BEGIN; decision row COMMITTED first; work; COMMIT
 *   3  committed → answer, then verdict commit · aborted → answer, then rollback · in doubt → resolve, else no verdict at all
 *
 * It always works on a group (group commit): what queued up while the groups before were under way shares one half message,
 * one decision row and one local transaction, because RPCs and flushes cost more than everything else together. Nobody
 * waits for a group to fill.
 *
 *   group of one     the decision row carries the event; no savepoint
 *   group of more    decision row; each work in its savepoint, one after the other; then all events in one statement
 *
 * A member whose work throws gets its own error and leaves no row. When the group as a whole is aborted, or a member hit a
 * lock it would not have met alone, those members run again, each alone, with a new transaction id: one bad request never
 * fails its neighbours.
 */
import type { Pool } from 'pg';
import type { Envelope } from '../envelope.js';
import { teller, type Tell, type WriteStep } from '../journal/step.js';
import type { LocalTransaction } from '../local-transaction.js';
import type { MqTimings, ReachedPoint } from '../mq.config.js';
import { BrokerUnavailableError, StatementSwallowedError, TransactionInDoubtError } from '../mq.errors.js';
import type { MqMetrics } from '../mq.metrics.js';
import type { Log } from '../rocketmq/wire.js';
import type { Topic } from '../topic.js';
import { carrierOf } from './carrier.js';
import { newId, typesOf, withId, type RecordedEvent } from './event.js';
import type { HalfMessages } from './half-messages.js';
import { PgLocalTransaction, type Publishing } from './pg-local-transaction.js';
import { isServerError, PgTransaction } from './pg-transaction.js';
import type { Resolver } from './resolve.js';
import { fencedOr, recordDecision, recordEvent, recordEvents } from './transaction-log.js';

/** One call of `sendInTransaction`. */
export interface Request {
  readonly topic: Topic;
  /** Sealed; its id is replaced, because every attempt is a new event. */
  readonly envelope: Envelope;
  readonly work: (tx: LocalTransaction) => Promise<unknown>;
  readonly whenBrokerIsDown: 'accept' | 'refuse';
  /** Never in a group. */
  readonly alone: boolean;
  /** Members of a group work in the order of these. */
  readonly lockKey: string;
}

interface Member extends Request {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What a member is to hear if the transaction is committed. `again`: it met a neighbour's lock. */
type Answer = { readonly value: unknown } | { readonly error: unknown } | 'again';
type Answers = ReadonlyMap<Member, Answer>;

type Ending =
  | { readonly kind: 'committed'; readonly answers: Answers }
  | InDoubt
  /** `answers` has those who failed on their own; `error` is for the others. */
  | { readonly kind: 'aborted'; readonly answers: Answers; readonly error: unknown; readonly ran: boolean };

interface InDoubt {
  readonly kind: 'in-doubt';
  readonly answers: Answers;
  readonly error: unknown;
}

export interface TransactionalSenderOptions {
  readonly pool: Pool;
  readonly timings: MqTimings;
  readonly publishing: Publishing;
  readonly halves: HalfMessages;
  readonly resolver: Resolver;
  readonly groupCommitUpTo: number;
  readonly metrics: MqMetrics;
  readonly log: Log;
  readonly reached?: ReachedPoint;
  readonly journal?: WriteStep;
}

/**
 * Groups of one topic at a time. Fewer make larger groups and wait for each flush and round trip, more share less. Orders/s
 * with 32 in flight on two busy cores, broker and relay included, two runs each: 1 → 383, 377 · 2 → 506, 621 · 3 → 254, 313 ·
 * 4 → 408, 284 · 6 → 354, 173.
 */
const GROUPS_AT_A_TIME = 2;
/** A group that takes longer stops counting against that, so that one slow piece of work does not hold up the others… */
const SLOW_AFTER_MS = 100;
/** …up to here, which leaves connections of the pool to everybody else. */
const GROUPS_AT_MOST = 6;

/** Locks and conflicts that a neighbour in the same transaction may have caused, or our holding them longer than alone. */
const CONTENTION = new Set(['40001', '40P01', '55P03']);

interface Lane {
  readonly waiting: Member[];
  underWay: number;
  slow: number;
}

export class TransactionalSender {
  readonly #lanes = new Map<Topic, Lane>();
  readonly #groups = new Set<Promise<void>>();
  readonly #tell: Tell;

  constructor(private readonly options: TransactionalSenderOptions) {
    this.#tell = teller(options.log, options.journal);
  }

  send(request: Request): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const lane = this.#laneOf(request.topic);
      lane.waiting.push({ ...request, resolve, reject });
      this.#pump(lane);
    });
  }

  /** Waits until nothing is under way. */
  async drain(): Promise<void> {
    while (this.#groups.size > 0) await Promise.all(this.#groups);
  }

  #laneOf(topic: Topic): Lane {
    let lane = this.#lanes.get(topic);
    if (!lane) this.#lanes.set(topic, (lane = { waiting: [], underWay: 0, slow: 0 }));
    return lane;
  }

  #pump(lane: Lane): void {
    while (lane.waiting.length > 0 && lane.underWay - lane.slow < GROUPS_AT_A_TIME && lane.underWay < GROUPS_AT_MOST) {
      const group = this.#take(lane);
      lane.underWay++;
      let slow = false;
      const timer = setTimeout(() => {
        slow = true;
        lane.slow++;
        this.#pump(lane);
      }, SLOW_AFTER_MS);
      const run = this.#run(lane, group).finally(() => {
        clearTimeout(timer);
        lane.underWay--;
        if (slow) lane.slow--;
        this.#groups.delete(run);
        this.#pump(lane);
      });
      this.#groups.add(run);
    }
  }

  #take({ waiting }: Lane): Member[] {
    const loner = waiting.findIndex(({ alone }) => alone);
    const upTo = loner < 0 ? this.options.groupCommitUpTo : Math.min(loner, this.options.groupCommitUpTo);
    return waiting.splice(0, Math.max(1, upTo));
  }

  async #run(lane: Lane, group: readonly Member[]): Promise<void> {
    try {
      await this.#publish(lane, group);
    } catch (error) {
      // Only a crash point or a bug gets here, and then as after a crash: no verdict, the check-back finds out.
      for (const member of group) member.reject(error);
    }
  }

  async #publish(lane: Lane, group: readonly Member[]): Promise<void> {
    const { halves, metrics, reached, timings } = this.options;
    const [first] = group;
    if (!first) return;
    const { topic } = first;
    const transactionId = newId();
    if (reached) await reached('publish.before-half', typesOf(group));
    const only = group.length === 1 ? first.envelope : undefined;
    const message = carrierOf(topic.carrier ?? topic.name, transactionId, only);
    const keys = group.map(({ envelope }) => envelope.attributes.subject);
    const half = halves.send({ topic: topic.name, message, facts: { transactionId }, keys });
    const missing = await half.missing;
    if (reached) await reached('publish.after-half', typesOf(group));
    const members = missing === undefined ? group : turnAway(group, missing);
    if (members.length === 0) return void half.settle('rollback');

    metrics.groupSize.observe(members.length);
    // Without a half message nothing but the sweeper publishes: at once.
    const dueAfterMs = missing === undefined ? timings.resendAfterMs : 0;
    const local = await (members.length === 1
      ? this.#transactOne(members[0] ?? first, transactionId, dueAfterMs)
      : this.#transactGroup(members, transactionId, dueAfterMs));
    metrics.transactions.inc({ outcome: local.kind });
    const ending = local.kind === 'in-doubt' ? await this.#resolve(transactionId, local) : local;

    if (ending.kind === 'committed') {
      const detail = missing === undefined ? {} : { detail: 'without a half message, the sweeper sends its events' };
      this.#tell('local transaction committed', {
        transactionId,
        topic: topic.name,
        members: members.length,
        ...detail,
      });
      if (reached) await reached('publish.after-commit', typesOf(members));
    }
    if (ending.kind === 'aborted') this.#tell('local transaction rolled back', { transactionId, err: ending.error });
    this.#answer(lane, members, transactionId, ending);
    // In doubt: send nothing. A verdict that turns out wrong is repaired by nobody.
    if (ending.kind !== 'in-doubt') void half.settle(ending.kind === 'committed' ? 'commit' : 'rollback');
    else metrics.verdicts.inc({ topic: topic.name, verdict: 'none', result: 'sent' });
  }

  async #resolve(transactionId: string, ending: InDoubt): Promise<Ending> {
    const { resolver } = this.options;
    const { decision } = await resolver.settle(transactionId);
    this.#tell('answer to COMMIT lost', { transactionId, detail: decision, err: ending.error });
    if (decision === 'COMMITTED') return { kind: 'committed', answers: ending.answers };
    if (decision === 'ABORTED')
      return { kind: 'aborted', answers: errorsOf(ending.answers), error: ending.error, ran: true };
    return ending;
  }

  #answer(lane: Lane, members: readonly Member[], transactionId: string, ending: Ending): void {
    const again: Member[] = [];
    for (const member of members) {
      const answer = ending.answers.get(member);
      if (answer === 'again') again.push(member);
      else if (answer && 'error' in answer) member.reject(answer.error);
      else if (ending.kind === 'in-doubt') member.reject(new TransactionInDoubtError(transactionId, ending.error));
      else if (ending.kind === 'aborted') {
        if (members.length > 1 && ending.ran) again.push(member);
        else member.reject(ending.error);
      } else if (answer) member.resolve(answer.value);
    }
    if (again.length === 0) return;
    this.options.metrics.runAlone.inc(again.length);
    lane.waiting.unshift(...again.map((member) => ({ ...member, alone: true })));
  }

  /** The decision row carries the event; the work follows it, so that a check-back finds the key taken as early as can be. */
  async #transactOne(member: Member, transactionId: string, dueAfterMs: number): Promise<Ending> {
    const { pool, timings, publishing, reached } = this.options;
    const transaction = await attempt(PgTransaction.begin(pool, timings, this.#onCommitted([member])));
    if ('error' in transaction) return { kind: 'aborted', answers: new Map(), error: transaction.error, ran: false };
    const tx = new PgLocalTransaction(transaction.value, publishing, transactionId);
    try {
      await recordEvent(transaction.value, recorded(member, transactionId, transactionId), dueAfterMs);
      if (reached) await reached('publish.after-decision', typesOf([member]));
      const value = await member.work(tx);
      await tx.close();
      if (reached) await reached('publish.before-commit', typesOf([member]));
      const ending = await transaction.value.commit();
      const answers: Answers = new Map([[member, { value }]]);
      return ending.kind === 'aborted' ? { ...ending, answers: new Map(), ran: true } : { ...ending, answers };
    } catch (error) {
      await tx.close();
      await transaction.value.rollback();
      return { kind: 'aborted', answers: new Map(), error: fencedOr(error, transactionId), ran: true };
    }
  }

  async #transactGroup(members: readonly Member[], transactionId: string, dueAfterMs: number): Promise<Ending> {
    const { pool, timings, reached } = this.options;
    const begun = await attempt(PgTransaction.begin(pool, timings, this.#onCommitted(members)));
    // Nothing ran, so that running each alone would only fail as often as there are members.
    if ('error' in begun) return { kind: 'aborted', answers: new Map(), error: begun.error, ran: false };
    const transaction = begun.value;
    const answers = new Map<Member, Answer>();
    try {
      await recordDecision(transaction, transactionId);
      if (reached) await reached('publish.after-decision', typesOf(members));
      const events: RecordedEvent[] = [];
      for (const member of inLockOrder(members)) {
        const answer = await this.#workInSavepoint(transaction, member, transactionId);
        answers.set(member, answer);
        if (answer !== 'again' && 'value' in answer) events.push(recorded(member, transactionId, newId()));
      }
      if (events.length === 0) {
        await transaction.rollback();
        return { kind: 'aborted', answers, error: undefined, ran: true };
      }
      await recordEvents(transaction, transactionId, events, dueAfterMs);
      if (reached) await reached('publish.before-commit', typesOf(members));
      const ending = await transaction.commit();
      return ending.kind === 'aborted' ? { ...ending, answers: errorsOf(answers), ran: true } : { ...ending, answers };
    } catch (error) {
      await transaction.rollback();
      return { kind: 'aborted', answers: errorsOf(answers), error: fencedOr(error, transactionId), ran: true };
    }
  }

  /** A failure there looks like an answer to COMMIT that got lost. */
  #onCommitted(members: readonly Member[]): (() => Promise<void> | void) | undefined {
    const { reached } = this.options;
    return reached && (() => reached('publish.before-commit-answer', typesOf(members)));
  }

  /** @throws when the transaction as a whole cannot go on. */
  async #workInSavepoint(transaction: PgTransaction, member: Member, transactionId: string): Promise<Answer> {
    const tx = new PgLocalTransaction(transaction, this.options.publishing, transactionId);
    await transaction.send('savepoint member');
    try {
      const value = await member.work(tx);
      await tx.close();
      if (tx.failed) await this.#releaseAfterFailure(transaction);
      // Its answer can only be "released": it travels with the next member's first statement.
      else await transaction.send('release savepoint member');
      return { value };
    } catch (error) {
      await tx.close();
      if (transaction.broken) throw error;
      await transaction.query('rollback to savepoint member; release savepoint member');
      return isServerError(error) && CONTENTION.has(error.code ?? '') ? 'again' : { error };
    }
  }

  /** The work caught the error of a statement. If it used a savepoint of its own that is fine, else its part is lost. */
  async #releaseAfterFailure(transaction: PgTransaction): Promise<void> {
    try {
      await transaction.query('release savepoint member');
    } catch (cause) {
      throw isServerError(cause) ? new StatementSwallowedError(cause) : cause;
    }
  }
}

/**
 * By the business key unless told otherwise, as whoever handles a batch locks its rows: two groups, or a group and a batch, that
 * meet in the rows of two keys would wait for each other. Members of one key stay in the order in which they came.
 */
function inLockOrder(members: readonly Member[]): readonly Member[] {
  return members.toSorted((a, b) => (a.lockKey < b.lockKey ? -1 : a.lockKey > b.lockKey ? 1 : 0));
}

/** Those who did not want to go on without a half message hear it; the others stay. */
function turnAway(group: readonly Member[], missing: unknown): readonly Member[] {
  return group.filter((member) => {
    if (member.whenBrokerIsDown === 'accept') return true;
    const error =
      missing instanceof BrokerUnavailableError ? missing : new BrokerUnavailableError('the half message', missing);
    member.reject(error);
    return false;
  });
}

function recorded({ topic, envelope }: Member, transactionId: string, eventId: string): RecordedEvent {
  return { transactionId, topic: topic.name, envelope: withId(envelope, eventId) };
}

/** What members failed on by themselves stands, whatever became of the others. */
function errorsOf(answers: Answers): Answers {
  return new Map([...answers].filter(([, answer]) => answer !== 'again' && 'error' in answer));
}

async function attempt<T>(work: Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await work };
  } catch (error) {
    return { error };
  }
}
