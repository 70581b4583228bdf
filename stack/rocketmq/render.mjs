// From the templates beside this file to the three files RocketMQ is started from. A key that the template does not have is
// refused: RocketMQ itself would ignore a misspelt one without a word.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StackError } from '../stack-error.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const template = (/** @type {string} */ name) => readFileSync(join(here, name), 'utf8');

/** @typedef {Record<string, string | number | boolean>} Values */

/** What differs between a laptop, a demo and a test; everything else stands in the templates. @type {Record<string, { broker: Values }>} */
const profiles = {
  default: { broker: {} },
  // A check-back that a killed producer missed is repeated after about twice the interval: that must come before the sweeper (15 s).
  demo: { broker: { transactionTimeOut: 2000, transactionCheckInterval: 2000 } },
  // Twice the opBatch interval and a margin is far below: 1000 is safe, and check-backs come within 1.0-3.4 s.
  test: { broker: { transactionTimeOut: 1000, transactionCheckInterval: 1000 } },
  secured: { broker: {} },
};

/**
 * @param {string} folder where the files go
 * @param {object} settings
 * @param {string} settings.profile
 * @param {import('../ports.mjs').Ports} settings.ports
 * @param {string} settings.store
 * @param {string} [settings.advertisedHost] what clients are told to connect to
 * @param {string} [settings.namesrvHost]
 * @param {import('./security.mjs').Security} [settings.security]
 * @param {string} [settings.bindHost] for all but the gRPC port, where RocketMQ offers no choice
 */
export function renderConfiguration(
  folder,
  { profile, ports, store, advertisedHost = '127.0.0.1', namesrvHost = '127.0.0.1', bindHost = '127.0.0.1', security },
) {
  const namesrvAddr = `${namesrvHost}:${ports.namesrv}`;
  mkdirSync(folder, { recursive: true });
  const write = (/** @type {string} */ name, /** @type {string} */ text) => writeFileSync(join(folder, name), text);
  write('namesrv.conf', properties(template('namesrv.conf'), { listenPort: ports.namesrv, bindAddress: bindHost }));
  write(
    'broker.conf',
    properties(template('broker.conf'), {
      brokerIP1: advertisedHost,
      listenPort: ports.broker,
      bindAddress: bindHost,
      namesrvAddr,
      storePathRootDir: store,
      metricsPromExporterHost: bindHost,
      metricsPromExporterPort: ports.metrics,
      ...profiles[profile]?.broker,
    }) + (security ? filled('secured/broker.conf', security) : ''),
  );
  write(
    'rmq-proxy.json',
    json(
      template('rmq-proxy.json'),
      {
        namesrvAddr,
        grpcServerPort: ports.proxyGrpc,
        remotingListenPort: ports.proxyRemoting,
      },
      security && JSON.parse(filled('secured/rmq-proxy.json', security)),
    ),
  );
}

/** @param {string} name @param {import('./security.mjs').Security} security */
const filled = (name, { accessKey, secretKey, keyFile, certificateFile }) =>
  template(name)
    .replaceAll('ACCESS_KEY', accessKey)
    .replaceAll('SECRET_KEY', secretKey)
    .replace('TLS_KEY', keyFile)
    .replace('TLS_CERTIFICATE', certificateFile);

/** @param {string} text @param {Values} values */
export function properties(text, values) {
  const missing = new Set(Object.keys(values));
  const lines = text.split('\n').map((line) => {
    const key = /^(\w+)=/.exec(line)?.[1];
    if (key === undefined || !(key in values)) return line;
    missing.delete(key);
    return `${key}=${values[key]}`;
  });
  refuse(missing);
  return lines.join('\n');
}

/** @param {string} text @param {Values} values @param {object} [more] keys that the template does not have */
export function json(text, values, more) {
  const parsed = JSON.parse(text);
  refuse(new Set(Object.keys(values).filter((key) => !(key in parsed))));
  return `${JSON.stringify({ ...parsed, ...values, ...more }, null, 2)}\n`;
}

/** @param {Set<string>} missing */
function refuse(missing) {
  if (missing.size > 0)
    throw new StackError(`No such key in the template: ${[...missing].join(', ')}. Add it there with its default.`);
}
