import { check, choice, codes, fault, system, type Model, type Step } from './check.js';

// The judge of the protocols is judged here: on puzzles whose answers are known, and on systems with one planted flaw each.

/** A system written as a table: from → [actor, to]. */
function table(
  rows: Readonly<Record<string, readonly (readonly [Step<string>['actor'], string])[]>>,
  good: readonly string[],
  promises: Model<string>['promises'] = {},
): Model<string> {
  return {
    initial: 'start',
    steps: (state) => (rows[state] ?? []).map(([actor, to]) => ({ actor, action: `${state} to ${to}`, to })),
    key: (state) => state,
    promises,
    good: (state) => good.includes(state),
  };
}

describe('check, on puzzles with known answers', () => {
  it('needs 6 steps for 4 litres with jugs of 3 and 5, and reaches 16 of the 24 states', () => {
    interface Jugs {
      readonly three: number;
      readonly five: number;
    }
    const jugs = (promises: Model<Jugs>['promises']): Model<Jugs> => ({
      initial: { three: 0, five: 0 },
      *steps({ three, five }) {
        yield choice('fill the 3', { three: 3, five });
        yield choice('fill the 5', { three, five: 5 });
        yield choice('empty the 3', { three: 0, five });
        yield choice('empty the 5', { three, five: 0 });
        const toFive = Math.min(three, 5 - five);
        yield choice('pour the 3 into the 5', { three: three - toFive, five: five + toFive });
        const toThree = Math.min(five, 3 - three);
        yield choice('pour the 5 into the 3', { three: three + toThree, five: five - toThree });
      },
      key: ({ three, five }) => three * 10 + five,
      promises,
      good: () => true,
    });
    expect(check(jugs({ 'never 4': (s) => s.five !== 4 }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'never 4',
      trace: [
        'fill the 5',
        'pour the 5 into the 3',
        'empty the 3',
        'pour the 5 into the 3',
        'fill the 5',
        'pour the 5 into the 3',
      ],
    });
    expect(check(jugs({}))).toMatchObject({ outcome: 'holds', states: 16 });
  });

  it('takes wolf, goat and cabbage over the river in 7 crossings through 10 states', () => {
    const cargo = ['wolf', 'goat', 'cabbage'] as const;
    type Banks = Readonly<Record<(typeof cargo)[number] | 'farmer', 0 | 1>>;
    const peaceful = (b: Banks) => b.goat === b.farmer || (b.goat !== b.wolf && b.goat !== b.cabbage);
    const finding = check<Banks>({
      initial: { farmer: 0, wolf: 0, goat: 0, cabbage: 0 },
      *steps(b) {
        const farmer = b.farmer === 0 ? 1 : 0;
        if (peaceful({ ...b, farmer })) yield system('alone', { ...b, farmer });
        for (const item of cargo) {
          const crossed = { ...b, farmer, [item]: farmer } as const;
          if (b[item] === b.farmer && peaceful(crossed)) yield system(item, crossed);
        }
      },
      key: (b) => `${b.farmer}${b.wolf}${b.goat}${b.cabbage}`,
      promises: { 'not all over': (b) => b.farmer + b.wolf + b.goat + b.cabbage < 4 },
      good: () => true,
    });
    expect(finding).toMatchObject({ outcome: 'broken promise', states: 10 });
    expect(finding.outcome === 'broken promise' && finding.trace).toHaveLength(7);
  });
});

describe('check, on systems with one flaw', () => {
  it('holds when the only rest is good', () => {
    const finding = check(table({ start: [['system', 'done']] }, ['done']));
    expect(finding).toEqual({ outcome: 'holds', states: 2, steps: 1, atRest: 1 });
  });

  it('breaks a promise that is already broken at the start', () => {
    expect(check(table({}, ['start'], { no: () => false }))).toMatchObject({ promise: 'no', trace: [] });
  });

  it('breaks a promise that only a fault breaks', () => {
    const finding = check(table({ start: [['fault', 'bad']] }, ['start', 'bad'], { 'not bad': (s) => s !== 'bad' }));
    expect(finding).toMatchObject({ outcome: 'broken promise', trace: ['start to bad'] });
  });

  it('is stuck where nothing is left to do and things are not well', () => {
    expect(check(table({ start: [['fault', 'dead']] }, ['start']))).toMatchObject({ outcome: 'stuck', state: 'dead' });
  });

  it('is stuck where only a fault or a customer could move on', () => {
    const rows = { start: [['system', 'waits']], waits: [['fault', 'done'], ['choice', 'done']] } as const; // prettier-ignore
    expect(check(table(rows, ['done']))).toMatchObject({ outcome: 'stuck', state: 'waits' });
  });

  it('is stuck where the only step changes nothing', () => {
    expect(check(table({ start: [['system', 'start']] }, []))).toMatchObject({ outcome: 'stuck', trace: [] });
  });

  it('is beyond recovery in a loop that never gets anywhere, and names its nearest state', () => {
    const rows = { start: [['system', 'done'], ['fault', 'a']], a: [['system', 'b']], b: [['system', 'a']] } as const; // prettier-ignore
    expect(check(table(rows, ['done']))).toMatchObject({
      outcome: 'beyond recovery',
      state: 'a',
      trace: ['start to a'],
    });
  });

  it('is beyond recovery when a loop could be left by a fault only', () => {
    const rows = { start: [['system', 'a']], a: [['system', 'start'], ['fault', 'done']] } as const; // prettier-ignore
    expect(check(table(rows, ['done']))).toMatchObject({ outcome: 'beyond recovery' });
  });

  it('holds in a loop that can be left at any time', () => {
    const rows = { start: [['system', 'a']], a: [['system', 'start'], ['system', 'done']] } as const; // prettier-ignore
    expect(check(table(rows, ['done']))).toEqual({ outcome: 'holds', states: 3, steps: 3, atRest: 1 });
  });

  it('finds the shorter of two ways into trouble, whichever comes first', () => {
    const rows = { start: [['system', 'a'], ['system', 'bad']], a: [['system', 'bad']] } as const; // prettier-ignore
    const finding = check(table(rows, ['bad'], { 'not bad': (s) => s !== 'bad' }));
    expect(finding).toMatchObject({ trace: ['start to bad'] });
  });

  it('throws instead of giving half an answer when there are too many states', () => {
    const endless: Model<number> = {
      initial: 0,
      steps: (n) => [fault('one more', n + 1)],
      key: (n) => n,
      promises: {},
      good: () => true,
    };
    expect(() => check(endless, { atMostStates: 1_000 })).toThrow('More than 1000 states');
  });
});

it('gives each word of a key a code of its own', () => {
  expect(codes('a', 'b', 'c')).toEqual({ a: 0, b: 1, c: 2 });
});
