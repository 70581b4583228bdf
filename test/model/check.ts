/**
 * A tiny explicit-state model checker. It visits every state that a model can reach, breadth first, so the first
 * counter-example it meets is a shortest one. It answers four questions:
 *
 * - safety: does every promise hold in every state?
 * - rest: where the system has nothing left to do by itself, is everything well?
 * - recovery: can *every* state still reach a good one, by the system's own steps alone (AG EF good)? Neither a fault nor
 *   a customer may be needed to heal.
 * - size: how many states and steps are there? Pinned in the specs, so a model that silently shrinks is noticed.
 *
 * Recovery says "can", not "will": it assumes that a step that stays possible is taken some day. Exhaustive means exhaustive
 * for the model; what a model leaves out is written at its top.
 */

/**
 * Who takes a step: `system` steps are ours or time's and may be relied upon; a `fault` or a customer's `choice` may happen
 * at any moment, or never.
 */
export type Actor = 'system' | 'fault' | 'choice';

export interface Step<S> {
  readonly actor: Actor;
  /** A sentence: traces are read by people. */
  readonly action: string;
  readonly to: S;
}

export interface Model<S> {
  readonly initial: S;
  /** Every step that is possible in `state`. A step that changes nothing is ignored. */
  readonly steps: (state: S) => Iterable<Step<S>>;
  /** Equal for two states exactly when they are the same state. Written by hand: this is the hot path. */
  readonly key: (state: S) => string | number;
  /** Each must hold in every state. */
  readonly promises: Readonly<Record<string, (state: S) => boolean>>;
  /** Where the system may come to rest. */
  readonly good: (state: S) => boolean;
}

interface Counted {
  readonly states: number;
}
interface CounterExample<S> extends Counted {
  /** The shortest way from the initial state to `state`. */
  readonly trace: readonly string[];
  readonly state: S;
}
export type Finding<S> =
  | (Counted & { readonly outcome: 'holds'; readonly steps: number; readonly atRest: number })
  /** A promise is broken in `state`. */
  | (CounterExample<S> & { readonly outcome: 'broken promise'; readonly promise: string })
  /** The system has nothing left to do, and things are not well. */
  | (CounterExample<S> & { readonly outcome: 'stuck' })
  /** The system is busy, but nothing it can do leads to a good state. */
  | (CounterExample<S> & { readonly outcome: 'beyond recovery' });

export function check<S>(model: Model<S>, { atMostStates = 2_000_000 } = {}): Finding<S> {
  const { steps, key, good } = model;
  const promises = Object.entries(model.promises);
  const numbers = new Map<string | number, number>();
  const states: S[] = [];
  const reachedFrom: number[] = [];
  const reachedBy: string[] = [];
  const systemSteps = { from: [] as number[], to: [] as number[] };
  let counted = 0;
  let atRest = 0;

  const numberOf = (state: S, stateKey: string | number, from: number, action: string): number => {
    const known = numbers.get(stateKey);
    if (known !== undefined) return known;
    const number = states.length;
    if (number >= atMostStates) {
      throw new RangeError(`More than ${atMostStates} states. Make the model smaller or raise atMostStates.`);
    }
    numbers.set(stateKey, number);
    states.push(state);
    reachedFrom.push(from);
    reachedBy.push(action);
    return number;
  };
  const counterExample = (number: number): CounterExample<S> => {
    const trace: string[] = [];
    for (let n = number; n > 0; n = at(reachedFrom, n)) trace.push(at(reachedBy, n));
    return { states: states.length, trace: trace.reverse(), state: at(states, number) };
  };

  numberOf(model.initial, key(model.initial), -1, '');
  for (let n = 0; n < states.length; n++) {
    const state = at(states, n);
    for (const [promise, holds] of promises) {
      if (!holds(state)) return { outcome: 'broken promise', promise, ...counterExample(n) };
    }
    const own = key(state);
    let resting = true;
    for (const { actor, action, to } of steps(state)) {
      counted++;
      const next = key(to);
      if (next === own) continue;
      const number = numberOf(to, next, n, action);
      if (actor !== 'system') continue;
      resting = false;
      systemSteps.from.push(n);
      systemSteps.to.push(number);
    }
    if (!resting) continue;
    atRest++;
    if (!good(state)) return { outcome: 'stuck', ...counterExample(n) };
  }

  const lost = firstThatCannotReach(states.map(good), systemSteps);
  if (lost >= 0) return { outcome: 'beyond recovery', ...counterExample(lost) };
  return { outcome: 'holds', states: states.length, steps: counted, atRest };
}

/** Walks the steps backwards from all good states; numbers are in breadth-first order, so the first miss is a nearest one. */
function firstThatCannotReach(
  good: readonly boolean[],
  steps: { from: readonly number[]; to: readonly number[] },
): number {
  // The steps into a state, as one array cut at `start`: two million small arrays would cost more than the search.
  const start = new Int32Array(good.length + 1);
  for (const to of steps.to) start[to + 1] = at(start, to + 1) + 1;
  for (let n = 0; n < good.length; n++) start[n + 1] = at(start, n + 1) + at(start, n);
  const into = new Int32Array(steps.to.length);
  const filled = start.slice();
  for (let i = 0; i < steps.to.length; i++) {
    const to = at(steps.to, i);
    into[at(filled, to)] = at(steps.from, i);
    filled[to] = at(filled, to) + 1;
  }
  const reaches = Uint8Array.from(good, Number);
  const open: number[] = [];
  good.forEach((isGood, n) => isGood && open.push(n));
  for (let n = open.pop(); n !== undefined; n = open.pop()) {
    for (let i = at(start, n); i < at(start, n + 1); i++) {
      const from = at(into, i);
      if (reaches[from]) continue;
      reaches[from] = 1;
      open.push(from);
    }
  }
  return reaches.indexOf(0);
}

/** An index that the code above has made itself, so it is in range. */
function at<T>(list: ArrayLike<T>, index: number): T {
  // In range by construction; checking each of millions of look-ups would only slow the search.
  return list[index] as T;
}

/** Shorthands for the models: `system('the relay forwards it', { ...s, fifo: true })`. */
export const system = <S>(action: string, to: S): Step<S> => ({ actor: 'system', action, to });
export const fault = <S>(action: string, to: S): Step<S> => ({ actor: 'fault', action, to });
export const choice = <S>(action: string, to: S): Step<S> => ({ actor: 'choice', action, to });

/** A small number that stands for a word in a key: its place in the list of all of them. */
export function codes<W extends string>(...words: readonly W[]): Readonly<Record<W, number>> {
  // Object.fromEntries forgets that every word is a key.
  return Object.fromEntries(words.map((word, n) => [word, n])) as Record<W, number>;
}
