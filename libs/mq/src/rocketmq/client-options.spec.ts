import { expect, test } from '@jest/globals';
import { clientOptions } from './client-options.js';

const logger = { debug() {}, info() {}, warn() {}, error() {} };

test.each(['127.0.0.1:8081', 'rocketmq.internal:8081'])('takes %s', (endpoint) => {
  expect(clientOptions({ endpoint }, logger).endpoints).toBe(endpoint);
});

test.each(['', 'localhost', 'a:1;b:1', '[::1]:8081', '::1', 'http://a:1'])(
  'refuses "%s", which the client would misread',
  (endpoint) => {
    expect(() => clientOptions({ endpoint }, logger)).toThrow(expect.objectContaining({ code: 'MQ_ENDPOINT' }));
  },
);

test('refuses an access key without its secret', () => {
  const connection = { endpoint: 'a:1', accessKey: 'user' };
  expect(() => clientOptions(connection, logger)).toThrow(expect.objectContaining({ code: 'MQ_CREDENTIALS' }));
});
