import type { Connection } from '@halfway/mq';

/** The broker that the test run has started. */
export function realBroker(): Connection {
  const endpoint = process.env['ROCKETMQ_ENDPOINT'];
  if (!endpoint) throw new Error('ROCKETMQ_ENDPOINT is not set. Run the tests with "npm run jest".');
  return { endpoint };
}
