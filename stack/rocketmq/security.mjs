// What the profile "secured" adds: one user, and a certificate of its own authority. Made once per instance, thrown away with it.
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates } from './certificates.mjs';

/** @typedef {{ accessKey: string, secretKey: string }} Credentials */
/** @typedef {Credentials & { caFile: string, certificateFile: string, keyFile: string }} Security */

/** @param {string} home of RocketMQ @param {string} address that clients connect to @returns {Security} */
export function securityOf(home, address) {
  const folder = join(home, 'secured');
  const files = {
    caFile: join(folder, 'ca.pem'),
    certificateFile: join(folder, 'proxy.pem'),
    keyFile: join(folder, 'proxy.key'),
  };
  const userFile = join(folder, 'user.json');
  if (!existsSync(userFile)) {
    mkdirSync(folder, { recursive: true });
    const { ca, server, serverKey } = makeCertificates(address);
    const secret = (/** @type {string} */ file, /** @type {string} */ text) =>
      writeFileSync(file, text, { mode: 0o600 });
    writeFileSync(files.caFile, ca);
    writeFileSync(files.certificateFile, server);
    secret(files.keyFile, serverKey);
    // Last: where it is, all are.
    secret(userFile, JSON.stringify({ accessKey: 'halfway', secretKey: randomBytes(18).toString('base64url') }));
  }
  return { ...files, .../** @type {Credentials} */ (JSON.parse(readFileSync(userFile, 'utf8'))) };
}

/** The headers that say who calls: the time of the call, signed. @param {Credentials} credentials */
export function signedHeaders({ accessKey, secretKey }) {
  const dateTime = `${new Date().toISOString().replaceAll(/[-:]|\.\d+Z$/g, '')}Z`;
  const signature = createHmac('sha1', secretKey).update(dateTime).digest('hex').toUpperCase();
  return {
    'x-mq-date-time': dateTime,
    authorization: `MQv2-HMAC-SHA1 Credential=${accessKey}, SignedHeaders=x-mq-date-time, Signature=${signature}`,
  };
}
