/**
 * `resolve`, statement by statement: one local transaction against two resolvers (a check-back and the in-doubt branch, or
 * two check-backs). publish.model.ts takes resolve as a single step; this model shows that it may.
 *
 * Modelled: the local transaction inserts its decision row, then commits or aborts. A resolver reads (a), inserts a tombstone
 * unless the key exists (c), and reads again (d); each statement is its own transaction and sees what was committed when it
 * began. An insert on a key that a running transaction holds waits; the lock timeout ends the wait with `unknown`.
 * After `unknown` the resolver may be asked again.
 *
 * Faults: the local transaction aborts, or never reaches the database · lock timeout · a resolver dies between its statements.
 *
 * Left out: the age fence (b), which only spares slow, living requests: resolve must be right without it. Everything outside of
 * the database.
 */
import { codes, fault, system, type Model, type Step } from './check.js';

type Decision = 'none' | 'COMMITTED' | 'ABORTED';

interface Resolver {
  /** `saw nothing` knows the result of (a), `inserted` is between (c) and (d). */
  readonly at: 'idle' | 'saw nothing' | 'inserted' | 'done';
  /** Only meaningful once `done`. */
  readonly verdict: 'none' | 'commit' | 'rollback';
}

export interface ResolveState {
  readonly local: 'running' | 'row inserted' | 'committed' | 'aborted';
  readonly decision: Decision;
  readonly first: Resolver;
  readonly second: Resolver;
}

export interface ResolveProtocol {
  /**
   * - `two statements`: insert … on conflict do nothing; then read what is there.
   * - `one statement`: insert and read in one CTE, hence one snapshot, taken before the insert waited.
   * - `no second look`: whoever inserted, or found the key taken, answers rollback.
   * - `overwrite`: insert … on conflict do update, so the last one decides.
   * - `no tombstone`: nothing found means rollback.
   */
  readonly fence: 'two statements' | 'one statement' | 'no second look' | 'overwrite' | 'no tombstone';
}

export function resolve({ fence }: ResolveProtocol = { fence: 'two statements' }): Model<ResolveState> {
  return {
    initial: { local: 'running', decision: 'none', first: idle, second: idle },
    *steps(s) {
      yield* localTransaction(s);
      yield* resolver(s, 'first', fence);
      yield* resolver(s, 'second', fence);
    },
    key: (s) => ((LOCAL[s.local] * 3 + DECISION[s.decision]) * 12 + keyOf(s.first)) * 12 + keyOf(s.second),
    promises: {
      'an order exists only with its COMMITTED row': (s) => s.local !== 'committed' || s.decision === 'COMMITTED',
      'commit is answered only for a committed transaction': (s) => !answered(s, 'commit') || s.local === 'committed',
      'a transaction that was answered rollback never commits': (s) =>
        !answered(s, 'rollback') || s.local !== 'committed',
      'two resolvers never contradict each other': (s) => !(answered(s, 'commit') && answered(s, 'rollback')),
    },
    good: (s) => s.first.at === 'done' && s.second.at === 'done',
  };
}

const idle: Resolver = { at: 'idle', verdict: 'none' };
const COMMIT: Resolver = { at: 'done', verdict: 'commit' };
const ROLLBACK: Resolver = { at: 'done', verdict: 'rollback' };
const answered = (s: ResolveState, verdict: Resolver['verdict']) =>
  s.first.verdict === verdict || s.second.verdict === verdict;

function* localTransaction(s: ResolveState): Generator<Step<ResolveState>> {
  if (s.local === 'running') {
    yield s.decision === 'none'
      ? system('the local transaction inserts its row', { ...s, local: 'row inserted' })
      : system('the local transaction finds the tombstone and aborts', { ...s, local: 'aborted' });
    yield fault('the local transaction never reaches the database', { ...s, local: 'aborted' });
  }
  if (s.local === 'row inserted') {
    yield system('the local transaction commits', { ...s, local: 'committed', decision: 'COMMITTED' });
    yield fault('the local transaction aborts', { ...s, local: 'aborted' });
  }
}

function* resolver(
  s: ResolveState,
  who: 'first' | 'second',
  fence: ResolveProtocol['fence'],
): Generator<Step<ResolveState>> {
  const me = s[who];
  const becomes = (next: Resolver, decision = s.decision): ResolveState => ({ ...s, decision, [who]: next });
  switch (me.at) {
    case 'idle':
      if (s.decision !== 'none') yield system(`the ${who} resolver reads the decision`, becomes(verdictOf(s.decision)));
      else if (fence === 'no tombstone') yield system(`the ${who} resolver reads nothing`, becomes(ROLLBACK));
      else yield system(`the ${who} resolver reads nothing`, becomes({ at: 'saw nothing', verdict: 'none' }));
      return;
    case 'saw nothing':
      yield fault(`the ${who} resolver dies before its insert`, becomes(idle));
      if (s.local === 'row inserted') {
        // The insert waits for the running transaction: until it ends (then another step below is taken), or not that long.
        yield system(`the ${who} resolver's insert runs into its lock timeout`, becomes(idle));
        return;
      }
      yield system(`the ${who} resolver inserts unless the key exists`, inserted(s, becomes, fence));
      return;
    case 'inserted':
      yield fault(`the ${who} resolver dies before its second look`, becomes(idle));
      yield system(`the ${who} resolver looks again`, becomes(verdictOf(s.decision)));
  }
}

function inserted(
  s: ResolveState,
  becomes: (next: Resolver, decision?: Decision) => ResolveState,
  fence: ResolveProtocol['fence'],
): ResolveState {
  const decision = s.decision === 'none' || fence === 'overwrite' ? 'ABORTED' : s.decision;
  // One statement has one snapshot: it read "nothing" before its insert met the other's row.
  const blind = fence === 'one statement' || fence === 'no second look';
  return blind ? becomes(ROLLBACK, decision) : becomes({ at: 'inserted', verdict: 'none' }, decision);
}

const verdictOf = (decision: Decision): Resolver => (decision === 'COMMITTED' ? COMMIT : ROLLBACK);

const LOCAL = codes('running', 'row inserted', 'committed', 'aborted');
const DECISION = codes('none', 'COMMITTED', 'ABORTED');
const AT = codes('idle', 'saw nothing', 'inserted', 'done');
const VERDICT = codes('none', 'commit', 'rollback');
const keyOf = (r: Resolver) => AT[r.at] * 3 + VERDICT[r.verdict];
