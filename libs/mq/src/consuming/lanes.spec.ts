import fc from 'fast-check';
import { Lanes, type BatchRule } from './lanes.js';

interface Item {
  readonly key: string;
  readonly n: number;
}

/** Work that ends when the test says so. */
class Runs {
  readonly begun: (readonly Item[])[] = [];
  readonly #ends: (() => void)[] = [];
  run = (items: readonly Item[]): Promise<void> => {
    this.begun.push(items);
    return new Promise((end) => this.#ends.push(end));
  };
  end(index: number): void {
    this.#ends[index]?.();
  }
  get numbers(): number[][] {
    return this.begun.map((items) => items.map(({ n }) => n));
  }
}

const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const item = (key: string, n: number): Item => ({ key, n });

describe('lanes', () => {
  it('run one of a key at a time, in order, and different keys at the same time', async () => {
    const runs = new Runs();
    const lanes = new Lanes<Item>({ concurrency: 8, ruleOf: () => undefined, run: runs.run });
    for (const it of [item('a', 1), item('a', 2), item('b', 3)]) lanes.add(it);
    await settled();
    expect(runs.numbers).toEqual([[1], [3]]);
    lanes.finish('a');
    await settled();
    expect(runs.numbers).toEqual([[1], [3], [2]]);
  });

  it('keep a key closed after its run until it is finished, although the slot is free', async () => {
    const runs = new Runs();
    const lanes = new Lanes<Item>({ concurrency: 1, ruleOf: () => undefined, run: runs.run });
    for (const it of [item('a', 1), item('a', 2), item('b', 3)]) lanes.add(it);
    await settled();
    runs.end(0);
    await settled();
    expect(runs.numbers).toEqual([[1], [3]]);
    expect(lanes.running).toBe(1);
  });

  it('let a resting key hold up nobody else', async () => {
    const runs = new Runs();
    const lanes = new Lanes<Item>({ concurrency: 1, ruleOf: () => undefined, run: runs.run });
    for (const it of [item('a', 1), item('b', 2)]) lanes.add(it);
    await settled();
    lanes.again('a', 60_000);
    runs.end(0);
    await settled();
    expect(runs.numbers).toEqual([[1], [2]]);
    expect(lanes.stop().map(({ n }) => n)).toEqual([1]);
  });

  it('gather heads of different keys, never two of one, up to the limit, while the former batch is under way', async () => {
    const runs = new Runs();
    const rule: BatchRule = { upTo: 3, lingerMs: 0 };
    const lanes = new Lanes<Item>({ concurrency: 8, ruleOf: () => rule, run: runs.run });
    lanes.add(item('a', 1));
    await settled();
    for (const it of [item('b', 2), item('b', 3), item('c', 4), item('d', 5), item('e', 6)]) lanes.add(it);
    await settled();
    expect(runs.numbers).toEqual([[1]]);
    runs.end(0);
    await settled();
    expect(runs.numbers).toEqual([[1], [2, 4, 5]]);
    for (const key of ['b', 'c', 'd']) lanes.finish(key);
    runs.end(1);
    await settled();
    expect(runs.numbers).toEqual([[1], [2, 4, 5], [6, 3]]);
  });

  it('wait for more when a batch may linger, and not longer than that', async () => {
    const runs = new Runs();
    const rule: BatchRule = { upTo: 3, lingerMs: 30 };
    const lanes = new Lanes<Item>({ concurrency: 8, ruleOf: () => rule, run: runs.run });
    lanes.add(item('a', 1));
    await settled();
    expect(runs.numbers).toEqual([]);
    lanes.add(item('b', 2));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(runs.numbers).toEqual([[1, 2]]);
  });

  it('start nothing while suspended, and go on by themselves', async () => {
    const runs = new Runs();
    const lanes = new Lanes<Item>({ concurrency: 8, ruleOf: () => undefined, run: runs.run });
    lanes.suspend(20);
    lanes.add(item('a', 1));
    await settled();
    expect(runs.numbers).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(runs.numbers).toEqual([[1]]);
  });

  it('give back on stop, in order, what is not running', async () => {
    const runs = new Runs();
    const lanes = new Lanes<Item>({ concurrency: 1, ruleOf: () => undefined, run: runs.run });
    for (const it of [item('a', 1), item('a', 2), item('a', 3), item('b', 4)]) lanes.add(it);
    await settled();
    expect(lanes.stop().map(({ n }) => n)).toEqual([2, 3, 4]);
    lanes.finish('a');
    runs.end(0);
    await settled();
    expect(runs.numbers).toEqual([[1]]);
  });

  it('keep order and cap for any mix of keys, failures and batches', async () => {
    const arrivals = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), fails: fc.boolean() }), {
      minLength: 1,
      maxLength: 60,
    });
    const shape = fc.record({
      arrivals,
      concurrency: fc.integer({ min: 1, max: 4 }),
      upTo: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ arrivals: all, concurrency, upTo }) => {
        const rule = upTo === undefined ? undefined : { upTo, lingerMs: 0 };
        const done: Item[] = [];
        const open = new Set<string>();
        const failed = new Set<number>();
        let atOnce = 0;
        const lanes = new Lanes<Item>({
          concurrency,
          ruleOf: () => rule,
          run: async (items) => {
            if (++atOnce > concurrency) throw new Error('over the cap');
            for (const { key } of items) {
              if (open.has(key)) throw new Error(`two of ${key} at once`);
              open.add(key);
            }
            await settled();
            atOnce--;
            for (const it of items) {
              open.delete(it.key);
              if (all[it.n]?.fails && !failed.has(it.n)) {
                failed.add(it.n);
                lanes.again(it.key, it.n % 2);
              } else {
                done.push(it);
                lanes.finish(it.key);
              }
            }
          },
        });
        all.forEach(({ key }, n) => lanes.add({ key, n }));
        for (let i = 0; done.length < all.length; i++) {
          if (i > 10_000) throw new Error(`stuck at ${done.length} of ${all.length}`);
          await settled();
        }
        for (const key of new Set(all.map((arrival) => arrival.key))) {
          const order = done.filter((it) => it.key === key).map(({ n }) => n);
          expect(order).toEqual([...order].sort((a, b) => a - b));
        }
      }),
      { numRuns: 100 },
    );
  });
});
