import type { BaseClientOptions, ILogger } from 'rocketmq-client-nodejs';
import { ConfigurationError } from '../mq.errors.js';
import { DEFAULT_REQUEST_MS } from './channel.js';
import type { Connection } from './wire.js';

/**
 * The client's options for a connection; a fresh object each time, because the client writes into what it is given.
 * @throws ConfigurationError for an endpoint that the client would misread: lists (`a;b`) and IPv6 addresses are broken there.
 */
export function clientOptions(connection: Connection, logger: ILogger): BaseClientOptions {
  const { endpoint, accessKey, secretKey, tls = false, requestTimeoutMs = DEFAULT_REQUEST_MS } = connection;
  if (!/^[A-Za-z0-9.-]+:\d{1,5}$/.test(endpoint)) {
    throw new ConfigurationError(
      'MQ_ENDPOINT',
      `"${endpoint}" is no endpoint. Set one "host:port" of a proxy or of a load balancer in front of several.`,
    );
  }
  if ((accessKey === undefined) !== (secretKey === undefined)) {
    throw new ConfigurationError('MQ_CREDENTIALS', 'Access key and secret key go together. Set both or none.');
  }
  return {
    endpoints: endpoint,
    namespace: '',
    logger,
    sslEnabled: tls,
    // The client refuses less than a second.
    requestTimeout: Math.max(1_000, requestTimeoutMs),
    ...(accessKey !== undefined && secretKey !== undefined
      ? { sessionCredentials: { accessKey, accessSecret: secretKey } }
      : {}),
  };
}
