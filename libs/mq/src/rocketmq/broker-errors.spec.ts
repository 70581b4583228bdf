import { status } from '@grpc/grpc-js';
import { expect, test } from '@jest/globals';
import { ClientException } from 'rocketmq-client-nodejs';
import { BrokerUnavailableError, ConfigurationError, MessageRefusedError } from '../mq.errors.js';
import { toMqError } from './broker-errors.js';

const grpc = (code: number, text = 'text') => Object.assign(new Error(text), { code, details: text });

test.each<[string, unknown]>([
  ['a refused connection', grpc(status.UNAVAILABLE)],
  ['a deadline', grpc(status.DEADLINE_EXCEEDED)],
  ['an internal error of the broker', new ClientException(50001, 'text')],
  ['a time-out of the proxy', new ClientException(50400, 'text')],
  ['too many requests', new ClientException(42900, 'text')],
  ['an error of the client', new Error('Producer is not running now')],
  ['something that is no error', 'text'],
])('takes %s for an open outcome and keeps the cause', (_, cause) => {
  const error = toMqError('the message', cause);
  expect(error).toBeInstanceOf(BrokerUnavailableError);
  expect(error.cause).toBe(cause);
});

test.each<[number, RegExp]>([
  [40402, /provision it/],
  [40403, /provision it/],
  [40014, /message\.type/],
  [40006, /1 to 63 bytes/],
  [40012, /within the next 24 h/],
  [40100, /access key/],
  [40300, /Grant/],
  [41302, /Send a body/],
  [40005, /Look the code up/],
  [50500, /Look the code up/],
])('takes %i for a refusal that ends with its remedy', (code, remedy) => {
  const cause = new ClientException(code, 'CODE: 17  DESC: text\nmore text');
  const refused = toMqError('the message', cause);
  expect(refused).toBeInstanceOf(MessageRefusedError);
  expect(refused.code).toBe(`MQ_BROKER_${code}`);
  expect(refused.message).toMatch(remedy);
  expect(refused.message).not.toMatch(/more text|request-id/);
  expect(toMqError('the start', cause, 'boot')).toBeInstanceOf(ConfigurationError);
});

test('finds the refusal inside of what the client wrapped it in', () => {
  const cause = new Error('Startup failed', { cause: new ClientException(40100, 'wrong signature') });
  expect(toMqError('the start', cause, 'boot').code).toBe('MQ_BROKER_40100');
});

test('knows an unknown group from the status that ends its stream', () => {
  const cause = grpc(status.INVALID_ARGUMENT, 'process client telemetryCommand failed. group not found: g');
  expect(toMqError('the start', cause, 'boot').code).toBe('MQ_BROKER_40403');
});

test('leaves an error of this library as it is', () => {
  const error = new ConfigurationError('MQ_LEASE', 'text');
  expect(toMqError('the start', error)).toBe(error);
});

test.each([
  'No connection established. Last error: Error: unable to verify the first certificate',
  "No connection established. Last error: Error: Hostname/IP does not match certificate's altnames: IP: 127.0.0.2 is not in the cert's list",
])('names the fix for a certificate that is not trusted: %s', (text) => {
  const error = toMqError('the start', grpc(status.UNAVAILABLE, text), 'boot');
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(error.code).toBe('MQ_TLS');
  expect(error.message).toMatch(/"rootCertificate".*names the host/);
  // While messages flow it may pass: the broker may be about to get a new certificate.
  expect(toMqError('the message', grpc(status.UNAVAILABLE, text))).toBeInstanceOf(BrokerUnavailableError);
});
