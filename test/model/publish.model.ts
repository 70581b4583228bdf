/**
 * The publish protocol: one order, one half message, one local PostgreSQL transaction, and everything that can go wrong
 * between them.
 *
 * Modelled: the producer (may be killed at any point), its PostgreSQL backend (which *outlives* its client and may commit
 * later), the decision row, the broker with its check-backs, verdicts under way, the sweeper, and the acknowledgement.
 *
 * Faults: kill -9 · statement that never arrives · transaction aborted · connection lost at COMMIT · verdict lost, late, twice,
 * or after another one · half message lost · checks used up while no producer is alive · half message given up after its last check.
 * The broker behaves as the real one: it accepts a COMMIT at any time, even after a ROLLBACK, and each check appends a new
 * copy of the half message, so it may deliver it twice.
 *
 * Left out: the relay's look into the log (the protocol must be safe without it); the way of a delivered message
 * (delivery.model.ts); the single statements of `resolve` (resolve.model.ts, which justifies the one step taken here);
 * durations, except "older than the fence"; more than two copies of anything.
 */
import { codes, fault, system, type Model, type Step } from './check.js';

const CHECKS = 3;
const COPIES = 2;

type Count = 0 | 1 | 2;

export interface PublishState {
  readonly producer: 'ready' | 'half sent' | 'transaction sent' | 'committed' | 'aborted' | 'in doubt' | 'done';
  readonly producerAlive: boolean;
  /** PostgreSQL's process for the local transaction. */
  readonly backend: 'idle' | 'statement under way' | 'row inserted' | 'committed' | 'aborted';
  /** The decision row as everyone else sees it. */
  readonly decision: 'none' | 'COMMITTED' | 'ABORTED';
  readonly halfStored: boolean;
  /** The broker thinks that it is done with the half message. */
  readonly halfSettled: boolean;
  readonly checksLeft: number;
  readonly olderThanFence: boolean;
  readonly commitsUnderWay: Count;
  readonly rollbacksUnderWay: Count;
  readonly delivered: Count;
  /** The reply was applied at the sender. */
  readonly acknowledged: boolean;
}

export interface PublishProtocol {
  /** What a check-back answers when it finds no decision row. */
  readonly noRow: 'rollback' | 'rollback when old' | 'unknown' | 'tombstone' | 'tombstone when old';
  /** What the producer does when the answer to COMMIT is lost. */
  readonly inDoubt: 'resolve' | 'say nothing' | 'rollback' | 'commit';
  readonly verdict: 'after the commit' | 'before the commit';
  readonly sweeper: boolean;
  /** A check-back of an acknowledged order answers rollback: nothing more is to be delivered, and the copies end. */
  readonly endsCopies: boolean;
}

export interface BrokerFaults {
  readonly losesHalves: boolean;
  readonly losesVerdicts: boolean;
  /** Each check counts, also while no producer is there to answer; after the last one the half message is given up. */
  readonly countsChecks: boolean;
}

export const chosen: PublishProtocol = {
  noRow: 'tombstone when old',
  inDoubt: 'resolve',
  verdict: 'after the commit',
  sweeper: true,
  endsCopies: true,
};
export const allFaults: BrokerFaults = { losesHalves: true, losesVerdicts: true, countsChecks: true };
/** A broker that keeps every half message and asks for ever. It still loses verdicts. */
export const patientBroker: BrokerFaults = { losesHalves: false, losesVerdicts: true, countsChecks: false };

export function publish(protocol: PublishProtocol = chosen, faults: BrokerFaults = allFaults): Model<PublishState> {
  return {
    initial,
    *steps(s) {
      yield* producer(s, protocol);
      yield* postgres(s);
      if (!s.olderThanFence) yield system('time passes the fence', { ...s, olderThanFence: true });
      yield* broker(s, protocol, faults);
      if (protocol.sweeper && s.decision === 'COMMITTED' && !s.acknowledged) {
        yield system('the sweeper sends the event', deliver(s));
      }
      if (s.delivered && !s.acknowledged) yield system('the reply is applied', { ...s, acknowledged: true });
    },
    key,
    promises: {
      'no message without its order': (s) => s.delivered === 0 || s.decision === 'COMMITTED',
      'a transaction commits only with its decision row': (s) =>
        s.backend !== 'committed' || s.decision === 'COMMITTED',
      'no ROLLBACK while a committed order is not acknowledged': (s) =>
        s.rollbacksUnderWay === 0 || s.decision !== 'COMMITTED' || s.acknowledged,
    },
    good: (s) => (s.decision === 'COMMITTED' ? s.acknowledged : s.delivered === 0),
  };
}

const initial: PublishState = {
  producer: 'ready',
  producerAlive: true,
  backend: 'idle',
  decision: 'none',
  halfStored: false,
  halfSettled: false,
  checksLeft: CHECKS,
  olderThanFence: false,
  commitsUnderWay: 0,
  rollbacksUnderWay: 0,
  delivered: 0,
  acknowledged: false,
};

function* producer(s: PublishState, { sweeper, inDoubt, verdict }: PublishProtocol): Generator<Step<PublishState>> {
  if (!s.producerAlive || s.producer === 'done') return;
  switch (s.producer) {
    case 'ready':
      yield system('the broker stores the half message', { ...s, producer: 'half sent', halfStored: true });
      if (sweeper) yield fault('no broker: go on without a half message', { ...s, producer: 'half sent' });
      yield fault('no broker: give up', { ...s, producer: 'done' });
      break;
    case 'half sent':
      yield system('the producer sends its transaction', {
        ...s,
        producer: 'transaction sent',
        backend: 'statement under way',
      });
      break;
    case 'transaction sent':
      if (verdict === 'before the commit') yield system('the producer sends COMMIT early', verdictSent(s, 'commit'));
      if (s.backend === 'committed') yield system('the producer sees the commit', { ...s, producer: 'committed' });
      if (s.backend === 'aborted') yield system('the producer sees the abort', { ...s, producer: 'aborted' });
      yield fault('the connection is lost at COMMIT', { ...s, producer: 'in doubt' });
      break;
    case 'committed':
      yield system('the producer sends COMMIT', verdictSent(s, 'commit'));
      break;
    case 'aborted':
      yield system('the producer sends ROLLBACK', verdictSent(s, 'rollback'));
      break;
    case 'in doubt':
      if (inDoubt === 'say nothing') yield system('in doubt, the producer says nothing', { ...s, producer: 'done' });
      else if (inDoubt !== 'resolve') yield system(`in doubt, the producer sends ${inDoubt}`, verdictSent(s, inDoubt));
      else if (s.backend !== 'row inserted') yield system('in doubt, the producer resolves', verdictSent(resolved(s)));
  }
  yield fault('the producer is killed', { ...s, producerAlive: false });
}

function verdictSent(s: PublishState, verdict = told(s)): PublishState {
  return send({ ...s, producer: 'done' }, verdict);
}

/** PostgreSQL goes on whether or not its client lives. */
function* postgres(s: PublishState): Generator<Step<PublishState>> {
  if (s.backend === 'statement under way') {
    yield s.decision === 'none'
      ? system('PostgreSQL inserts the decision row', { ...s, backend: 'row inserted' })
      : system('PostgreSQL finds the tombstone and aborts', { ...s, backend: 'aborted' });
    yield fault('the statement never reaches PostgreSQL', { ...s, backend: 'aborted' });
  }
  if (s.backend === 'row inserted') {
    yield system('PostgreSQL commits', { ...s, backend: 'committed', decision: 'COMMITTED' });
    yield fault('PostgreSQL aborts', { ...s, backend: 'aborted' });
  }
}

function* broker(s: PublishState, protocol: PublishProtocol, faults: BrokerFaults): Generator<Step<PublishState>> {
  if (s.halfStored && !s.halfSettled) {
    if (s.checksLeft > 0) {
      const asked = faults.countsChecks ? { ...s, checksLeft: s.checksLeft - 1 } : s;
      yield system('a check-back is answered', checkedBack(asked, protocol));
      if (faults.countsChecks) yield fault('a check-back finds no producer', asked);
    } else {
      yield fault('the broker gives up the half message', { ...s, halfSettled: true });
    }
  }
  if (s.halfStored && faults.losesHalves) yield fault('the broker loses the half message', { ...s, halfStored: false });
  if (s.commitsUnderWay) {
    const arrived = { ...s, commitsUnderWay: less(s.commitsUnderWay) };
    if (faults.losesVerdicts) yield fault('a COMMIT is lost', arrived);
    yield s.halfStored
      ? system('the broker delivers on COMMIT', { ...deliver(arrived), halfSettled: true })
      : system('a COMMIT finds no half message', arrived);
  }
  if (s.rollbacksUnderWay) {
    const arrived = { ...s, rollbacksUnderWay: less(s.rollbacksUnderWay) };
    if (faults.losesVerdicts) yield fault('a ROLLBACK is lost', arrived);
    yield system('the broker drops on ROLLBACK', { ...arrived, halfSettled: true });
  }
}

function checkedBack(s: PublishState, { noRow, endsCopies }: PublishProtocol): PublishState {
  if (s.decision === 'COMMITTED') return send(s, endsCopies && s.acknowledged ? 'rollback' : 'commit');
  switch (noRow) {
    case 'unknown':
      return s;
    case 'rollback':
      return send(s, 'rollback');
    case 'rollback when old':
      return s.olderThanFence ? send(s, 'rollback') : s;
    case 'tombstone when old':
      if (!s.olderThanFence) return s;
    // falls through: old enough to be fenced
    case 'tombstone':
      // The row of a running transaction makes the insert wait: lock timeout, hence unknown.
      if (s.backend === 'row inserted') return s;
      return send(resolved(s), told(resolved(s)));
  }
}

/** Leaves a tombstone unless there is a decision. One step here; resolve.model.ts shows that its statements amount to that. */
const resolved = (s: PublishState): PublishState => (s.decision === 'none' ? { ...s, decision: 'ABORTED' } : s);
const told = (s: PublishState): 'commit' | 'rollback' => (s.decision === 'COMMITTED' ? 'commit' : 'rollback');
const more = (n: Count): Count => (n === 0 ? 1 : COPIES);
const less = (n: Count): Count => (n === 2 ? 1 : 0);
const deliver = (s: PublishState): PublishState => ({ ...s, delivered: more(s.delivered) });
const send = (s: PublishState, verdict: 'commit' | 'rollback'): PublishState =>
  verdict === 'commit'
    ? { ...s, commitsUnderWay: more(s.commitsUnderWay) }
    : { ...s, rollbacksUnderWay: more(s.rollbacksUnderWay) };

const PRODUCER = codes('ready', 'half sent', 'transaction sent', 'committed', 'aborted', 'in doubt', 'done');
const BACKEND = codes('idle', 'statement under way', 'row inserted', 'committed', 'aborted');
const DECISION = codes('none', 'COMMITTED', 'ABORTED');

/** All fields as digits of one number. */
function key(s: PublishState): number {
  let k = PRODUCER[s.producer];
  k = k * 5 + BACKEND[s.backend];
  k = k * 3 + DECISION[s.decision];
  k = k * 2 + Number(s.producerAlive);
  k = k * 2 + Number(s.halfStored);
  k = k * 2 + Number(s.halfSettled);
  k = k * 2 + Number(s.olderThanFence);
  k = k * 2 + Number(s.acknowledged);
  k = k * (CHECKS + 1) + s.checksLeft;
  k = k * 3 + s.commitsUnderWay;
  k = k * 3 + s.rollbacksUnderWay;
  return k * 3 + s.delivered;
}
