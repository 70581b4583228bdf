import { expect, jest, test } from '@jest/globals';
import { ClientLog } from './client-log.js';

const aLog = () => ({ debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() });

test('shows a repeated failure once, with its first arguments', () => {
  const log = aLog();
  const client = new ClientLog(log, { group: 'g' });
  client.error('receive failed, queue=%s, error=%s', 1, new Error('gone'));
  client.error('receive failed, queue=%s, error=%s', 2, new Error('gone'));
  expect(log.warn.mock.calls).toEqual([
    [{ group: 'g', detail: 'receive failed, queue=1, error=gone' }, 'rocketmq client warned'],
  ]);
});

test('shows it again when the time is over', () => {
  const log = aLog();
  const client = new ClientLog(log, {}, 0);
  client.warn('one');
  client.warn('one');
  expect(log.warn).toHaveBeenCalledTimes(2);
});

test('says nothing of ordinary steps, and nothing at all once it is muted', () => {
  const log = aLog();
  const client = new ClientLog(log, {});
  client.info();
  client.debug();
  client.mute();
  client.error('stream cancelled');
  expect(Object.values(log).flatMap((method) => method.mock.calls)).toEqual([]);
});
