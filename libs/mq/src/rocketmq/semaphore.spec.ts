import { expect, test } from '@jest/globals';
import { Semaphore } from './semaphore.js';

test('hands a permit to the one who waited longest', async () => {
  const gate = new Semaphore(1);
  const order: string[] = [];
  const release = await gate.acquire();
  const work = ['a', 'b', 'c'].map((name) => gate.run(async () => void order.push(name)));
  release?.();
  await Promise.all(work);
  expect(order).toEqual(['a', 'b', 'c']);
});

test('never has more at work than permits, and all get their turn', async () => {
  const gate = new Semaphore(3);
  let atWork = 0;
  let most = 0;
  let done = 0;
  await Promise.all(
    [...Array(20)].map(() =>
      gate.run(async () => {
        most = Math.max(most, ++atWork);
        await new Promise(setImmediate);
        atWork--;
        done++;
      }),
    ),
  );
  expect({ most, done }).toEqual({ most: 3, done: 20 });
});

test('gives up a bounded wait without losing the permit that comes later', async () => {
  const gate = new Semaphore(1);
  const release = await gate.acquire();
  expect(await gate.acquire(5)).toBeUndefined();
  expect(gate.waiting).toBe(0);
  release?.();
  expect(await gate.acquire(5)).toBeInstanceOf(Function);
});

test('takes a permit back once, however often it is given', async () => {
  const gate = new Semaphore(1);
  const release = await gate.acquire();
  release?.();
  release?.();
  await gate.acquire();
  expect(await gate.acquire(5)).toBeUndefined();
});

test('frees the permit of work that fails', async () => {
  const gate = new Semaphore(1);
  await expect(gate.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await gate.run(() => Promise.resolve('next'))).toBe('next');
});
