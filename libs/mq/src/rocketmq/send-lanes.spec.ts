import { expect, test } from '@jest/globals';
import { SendLanes } from './send-lanes.js';

test('runs the work of one key one after the other, of other keys meanwhile', async () => {
  const lanes = new SendLanes();
  const log: string[] = [];
  let finish = (): void => undefined;
  const first = lanes.run('a', async () => {
    log.push('a1 begins');
    await new Promise<void>((resolve) => (finish = resolve));
    log.push('a1 ends');
  });
  const second = lanes.run('a', async () => void log.push('a2'));
  await lanes.run('b', async () => void log.push('b1'));
  finish();
  await Promise.all([first, second]);
  expect(log).toEqual(['a1 begins', 'b1', 'a1 ends', 'a2']);
});

test('goes on behind a failure, which only its caller sees', async () => {
  const lanes = new SendLanes();
  const failing = lanes.run('a', () => Promise.reject(new Error('refused')));
  const next = lanes.run('a', () => Promise.resolve('sent'));
  await expect(failing).rejects.toThrow('refused');
  expect(await next).toBe('sent');
});
