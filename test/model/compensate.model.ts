/**
 * The flow "return-on-failure": one attempt to place an order, whose stock is deducted in another database before the order
 * exists, and everything that can go wrong between them.
 *
 * Modelled: the process (may be killed at any point), its call to the inventory (which may arrive after the caller has stopped
 * waiting, or never), its PostgreSQL backend (which outlives it), the intent, the decision row, the half message with its
 * check-backs and verdicts, the return and the inventory's answer to it, and the sweeper of intents.
 *
 * Faults: kill -9 · no broker · call lost, its answer lost or late · transaction aborted · connection lost at COMMIT · verdict lost,
 * late or twice · half message lost · return lost or delivered twice · answer to the return lost.
 *
 * Left out: refusals (nothing is held then); the repeated request, which aborts a dead attempt as the sweeper does; the single
 * statements of `resolve` (resolve.model.ts); payment and cancellation, which find the same reservation as in the other flow
 * (saga.model.ts); durations, except "older than the fence"; more than two copies of anything.
 */
import { codes, fault, system, type Model, type Step } from './check.js';

type Count = 0 | 1 | 2;

export interface CompensateState {
  readonly process:
    'ready' | 'intent' | 'half' | 'calling' | 'deducted' | 'transaction' | 'failed' | 'in doubt' | 'done';
  readonly alive: boolean;
  readonly intent: 'none' | 'OPEN' | 'KEPT' | 'RETURNED';
  readonly half: 'none' | 'stored' | 'settled';
  /** The call on its way to the inventory. */
  readonly call: 'none' | 'under way' | 'reserved' | 'refused' | 'lost';
  readonly reservation: 'none' | 'RESERVED' | 'RELEASED';
  /** Pieces that the stock is short of: 1 while they are held, less than nothing when more came back than was taken. */
  readonly held: -1 | 0 | 1;
  /** PostgreSQL's process for the local transaction. */
  readonly backend: 'idle' | 'statement under way' | 'row inserted' | 'committed' | 'aborted';
  readonly decision: 'none' | 'COMMITTED' | 'ABORTED';
  readonly olderThanFence: boolean;
  readonly commitsUnderWay: Count;
  readonly rollbacksUnderWay: Count;
  /** "Return the stock" on its way to the inventory. */
  readonly returns: Count;
  /** "It is returned" on its way back. */
  readonly answers: Count;
}

export interface CompensateProtocol {
  /** A row that says before the deduction that stock may have to go back, and what sends returns that got no answer. */
  readonly intent: boolean;
  readonly sweeper: boolean;
  /** What a check-back answers when it finds no decision. */
  readonly noRow: 'commit' | 'commit when old' | 'tombstone when old';
  readonly inDoubt: 'resolve' | 'say nothing' | 'commit';
  /** What a return leaves behind that comes before its deduction. */
  readonly tombstone: boolean;
  /** The inventory looks at the reservation before it gives back. */
  readonly returnsByState: boolean;
  /** The half message comes before the deduction. */
  readonly half: 'before the deduction' | 'after the deduction';
}

export const chosen: CompensateProtocol = {
  intent: true,
  sweeper: true,
  noRow: 'tombstone when old',
  inDoubt: 'resolve',
  tombstone: true,
  returnsByState: true,
  half: 'before the deduction',
};

export function compensate(protocol: CompensateProtocol = chosen, brokerLoses = true): Model<CompensateState> {
  return {
    initial: { ...initial },
    *steps(s) {
      if (s.alive) yield* process(s, protocol);
      yield* postgres(s, protocol);
      yield* inventory(s, protocol);
      yield* broker(s, protocol, brokerLoses);
      if (!s.olderThanFence) yield system('time passes the fence', { ...s, olderThanFence: true });
      if (protocol.sweeper && s.intent === 'OPEN') yield* sweeper(s);
    },
    key,
    promises: {
      'the stock of an order that stands is its own': (s) => s.decision !== 'COMMITTED' || s.held === 1,
      'what comes back is what was taken': (s) => s.held === (s.reservation === 'RESERVED' ? 1 : 0),
      'the intent is kept exactly when the order stands': (s) =>
        !protocol.intent || (s.intent === 'KEPT') === (s.decision === 'COMMITTED'),
    },
    good: (s) =>
      s.decision === 'COMMITTED'
        ? s.held === 1
        : s.held === 0 && s.intent !== 'OPEN' && s.call !== 'under way' && s.backend !== 'row inserted',
  };
}

const initial: CompensateState = {
  process: 'ready',
  alive: true,
  intent: 'none',
  half: 'none',
  call: 'none',
  reservation: 'none',
  held: 0,
  backend: 'idle',
  decision: 'none',
  olderThanFence: false,
  commitsUnderWay: 0,
  rollbacksUnderWay: 0,
  returns: 0,
  answers: 0,
};

function* process(s: CompensateState, protocol: CompensateProtocol): Generator<Step<CompensateState>> {
  const early = protocol.half === 'before the deduction';
  const call = { ...s, process: 'calling', call: 'under way' } as const;
  const insert = { ...s, process: 'transaction', backend: 'statement under way' } as const;
  switch (s.process) {
    case 'done':
      return;
    case 'ready':
      if (protocol.intent) yield system('the intent is written', { ...s, process: 'intent', intent: 'OPEN' });
      else yield system('no intent is written', { ...s, process: 'intent' });
      break;
    case 'intent':
      if (!early) {
        yield system('the deduction is asked for', call);
        break;
      }
      yield system('the broker stores the half message', { ...s, process: 'half', half: 'stored' });
      if (protocol.intent) yield fault('no broker: go on without a half message', { ...s, process: 'half' });
      break;
    case 'half':
      yield early ? system('the deduction is asked for', call) : system('the process sends its transaction', insert);
      break;
    case 'calling':
      if (s.call === 'reserved') yield system('the process hears "reserved"', { ...s, process: 'deducted' });
      if (s.call === 'refused') yield system('the process hears "returned already"', { ...s, process: 'failed' });
      yield fault('the process waits no longer for the answer', { ...s, process: 'failed' });
      break;
    case 'deducted':
      yield early
        ? system('the process sends its transaction', insert)
        : system('the broker stores the half message', { ...s, process: 'half', half: 'stored' });
      break;
    case 'transaction':
      if (s.backend === 'committed') yield system('the process sees the commit', verdict(s, 'rollback'));
      if (s.backend === 'aborted') yield system('the process sees the abort', { ...s, process: 'failed' });
      yield fault('the connection is lost at COMMIT', { ...s, process: 'in doubt' });
      break;
    case 'failed':
      yield system('the process aborts the attempt', verdict({ ...s, decision: 'ABORTED' }, 'commit'));
      break;
    case 'in doubt':
      if (protocol.inDoubt === 'commit') yield system('in doubt, the process sends commit', verdict(s, 'commit'));
      else if (protocol.inDoubt === 'say nothing') yield system('in doubt, it says nothing', { ...s, process: 'done' });
      else if (s.backend !== 'row inserted') yield system('in doubt, the process resolves', verdict(...resolve(s)));
  }
  yield fault('the process is killed', { ...s, alive: false });
}

/** PostgreSQL goes on whether or not its client lives. */
function* postgres(s: CompensateState, { intent }: CompensateProtocol): Generator<Step<CompensateState>> {
  if (s.backend === 'statement under way') {
    yield s.decision === 'none'
      ? system('PostgreSQL inserts the decision row', { ...s, backend: 'row inserted' })
      : system('PostgreSQL finds the tombstone and aborts', { ...s, backend: 'aborted' });
    yield fault('the statement never reaches PostgreSQL', { ...s, backend: 'aborted' });
  }
  if (s.backend === 'row inserted') {
    const kept = intent ? ({ intent: 'KEPT' } as const) : {};
    yield system('PostgreSQL commits', { ...s, ...kept, backend: 'committed', decision: 'COMMITTED' });
    yield fault('PostgreSQL aborts', { ...s, backend: 'aborted' });
  }
}

function* inventory(s: CompensateState, protocol: CompensateProtocol): Generator<Step<CompensateState>> {
  if (s.call === 'under way') {
    yield s.reservation === 'none'
      ? system('the inventory deducts', { ...s, call: 'reserved', reservation: 'RESERVED', held: 1 })
      : system('the inventory finds the tombstone', { ...s, call: 'refused' });
    yield fault('the call never arrives', { ...s, call: 'lost' });
  }
  if (s.returns) {
    const answered = { ...giveBack(s, protocol), answers: more(s.answers) };
    yield system('the inventory gives back', { ...answered, returns: less(s.returns) });
    yield fault('the inventory gives back, and the return comes again', answered);
  }
  if (s.answers) {
    const arrived = { ...s, answers: less(s.answers) };
    yield system(
      'the order service hears "returned"',
      s.intent === 'OPEN' ? { ...arrived, intent: 'RETURNED' } : arrived,
    );
    yield fault('the answer to the return is lost', arrived);
  }
}

function giveBack(s: CompensateState, { tombstone, returnsByState }: CompensateProtocol): CompensateState {
  if (!returnsByState) return { ...s, reservation: 'RELEASED', held: s.held === 1 ? 0 : -1 };
  if (s.reservation === 'RESERVED') return { ...s, reservation: 'RELEASED', held: 0 };
  return s.reservation === 'none' && tombstone ? { ...s, reservation: 'RELEASED' } : s;
}

function* broker(s: CompensateState, protocol: CompensateProtocol, loses: boolean): Generator<Step<CompensateState>> {
  if (s.half === 'stored') {
    yield system('a check-back is answered', checkedBack(s, protocol));
    if (loses) yield fault('the broker loses the half message', { ...s, half: 'settled' });
  }
  if (s.commitsUnderWay) {
    const arrived = { ...s, commitsUnderWay: less(s.commitsUnderWay) };
    yield fault('a COMMIT is lost', arrived);
    // The real one accepts it even after a ROLLBACK; what it has lost it cannot deliver.
    if (s.half !== 'none')
      yield system('the broker delivers on COMMIT', { ...arrived, half: 'settled', returns: more(s.returns) });
  }
  if (s.rollbacksUnderWay) {
    const arrived = { ...s, rollbacksUnderWay: less(s.rollbacksUnderWay) };
    yield fault('a ROLLBACK is lost', arrived);
    yield system('the broker drops on ROLLBACK', { ...arrived, half: 'settled' });
  }
  if (s.returns && loses) yield fault('the broker loses the return', { ...s, returns: less(s.returns) });
}

function checkedBack(s: CompensateState, { noRow }: CompensateProtocol): CompensateState {
  if (s.decision !== 'none') return tell(s, s.decision === 'COMMITTED' ? 'rollback' : 'commit');
  if (noRow === 'commit') return tell(s, 'commit');
  if (!s.olderThanFence) return s;
  if (noRow === 'commit when old') return tell(s, 'commit');
  // The row of a running transaction makes the insert wait: lock timeout, hence unknown.
  return s.backend === 'row inserted' ? s : tell(...resolve(s));
}

/** Asks as a check-back does, and then again until the inventory has answered. */
function* sweeper(s: CompensateState): Generator<Step<CompensateState>> {
  if (s.decision === 'ABORTED') yield system('the sweeper asks the stock back', { ...s, returns: more(s.returns) });
  if (s.decision === 'none' && s.olderThanFence && s.backend !== 'row inserted') {
    yield system('the sweeper aborts the attempt', { ...s, decision: 'ABORTED' });
  }
}

/** Leaves a tombstone unless there is a decision. One step here; resolve.model.ts shows that its statements amount to that. */
function resolve(s: CompensateState): [CompensateState, 'commit' | 'rollback'] {
  return s.decision === 'COMMITTED' ? [s, 'rollback'] : [{ ...s, decision: 'ABORTED' }, 'commit'];
}

const verdict = (s: CompensateState, said: 'commit' | 'rollback'): CompensateState =>
  s.half === 'none' ? { ...s, process: 'done' } : tell({ ...s, process: 'done' }, said);
const tell = (s: CompensateState, said: 'commit' | 'rollback'): CompensateState =>
  said === 'commit'
    ? { ...s, commitsUnderWay: more(s.commitsUnderWay) }
    : { ...s, rollbacksUnderWay: more(s.rollbacksUnderWay) };
const more = (n: Count): Count => (n === 0 ? 1 : 2);
const less = (n: Count): Count => (n === 2 ? 1 : 0);

const PROCESS = codes('ready', 'intent', 'half', 'calling', 'deducted', 'transaction', 'failed', 'in doubt', 'done');
const INTENT = codes('none', 'OPEN', 'KEPT', 'RETURNED');
const HALF = codes('none', 'stored', 'settled');
const CALL = codes('none', 'under way', 'reserved', 'refused', 'lost');
const RESERVATION = codes('none', 'RESERVED', 'RELEASED');
const BACKEND = codes('idle', 'statement under way', 'row inserted', 'committed', 'aborted');
const DECISION = codes('none', 'COMMITTED', 'ABORTED');

/** All fields as digits of one number. */
function key(s: CompensateState): number {
  let k = PROCESS[s.process];
  k = k * 2 + Number(s.alive);
  k = k * 4 + INTENT[s.intent];
  k = k * 3 + HALF[s.half];
  k = k * 5 + CALL[s.call];
  k = k * 3 + RESERVATION[s.reservation];
  k = k * 3 + s.held + 1;
  k = k * 5 + BACKEND[s.backend];
  k = k * 3 + DECISION[s.decision];
  k = k * 2 + Number(s.olderThanFence);
  k = k * 3 + s.commitsUnderWay;
  k = k * 3 + s.rollbacksUnderWay;
  k = k * 3 + s.returns;
  return k * 3 + s.answers;
}
