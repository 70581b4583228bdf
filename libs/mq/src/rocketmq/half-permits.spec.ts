import { afterEach, expect, jest, test } from '@jest/globals';
import { BrokerUnavailableError } from '../mq.errors.js';
import { HalfPermits } from './half-permits.js';

afterEach(() => void jest.useRealTimers());

test('refuses the half message for which no permit came free', async () => {
  const permits = new HalfPermits(1, 10);
  const release = await permits.take('topic');
  await expect(permits.take('topic')).rejects.toThrow(BrokerUnavailableError);
  release();
  const next = await permits.take('topic');
  next();
});

test('takes a permit back from a caller that never gave a verdict', async () => {
  jest.useFakeTimers();
  const permits = new HalfPermits(1, 60_000);
  await permits.take('topic');
  const next = permits.take('topic');
  await jest.advanceTimersByTimeAsync(30_000);
  expect(await next).toBeInstanceOf(Function);
  permits.releaseAll();
});
