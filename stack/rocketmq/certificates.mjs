// A certificate authority for one stack and the certificate of its proxy: X.509 v3, EC P-256, a year long. Node can sign but has no
// way to write a certificate, and openssl is not on every machine; what is needed of DER is below.
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const yearMs = 365 * 24 * 3_600_000;

/** @param {string} address the IPv4 address that clients connect to: what they compare the certificate with */
export function makeCertificates(address) {
  const authority = keys();
  const server = keys();
  const ca = { name: 'halfway throw-away authority', key: authority.privateKey };
  return {
    ca: certificate({ subject: ca.name, publicKey: authority.publicKey, issuer: ca, extensions: [isAuthority] }),
    server: certificate({
      subject: 'halfway proxy',
      publicKey: server.publicKey,
      issuer: ca,
      extensions: [names(address)],
    }),
    serverKey: String(createPrivateKey(server.privateKey).export({ type: 'pkcs8', format: 'pem' })),
  };
}

function keys() {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}

/**
 * @param {{ subject: string, publicKey: Buffer, issuer: { name: string, key: string }, extensions: Buffer[] }} of
 * @returns {string} PEM
 */
function certificate({ subject, publicKey, issuer, extensions }) {
  const now = Date.now();
  const body = sequence(
    der(0xa0, integer(Buffer.of(2))), // v3
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ecdsaWithSha256,
    commonName(issuer.name),
    sequence(time(now - 3_600_000), time(now + yearMs)), // an hour back, for clocks that differ
    commonName(subject),
    publicKey,
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, issuer.key);
  const bits = der(0x03, Buffer.of(0), signature);
  const base64 = sequence(body, ecdsaWithSha256, bits).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`;
}

/** Tag, length, content. @param {number} tag @param {Buffer[]} parts */
function der(tag, ...parts) {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (/** @type {Buffer[]} */ ...parts) => der(0x30, ...parts);
const integer = (/** @type {Buffer} */ value) => der(0x02, value);
const objectId = (/** @type {string} */ hex) => der(0x06, Buffer.from(hex, 'hex'));
const octets = (/** @type {Buffer} */ value) => der(0x04, value);
const yes = der(0x01, Buffer.of(255));

const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302')); // 1.2.840.10045.4.3.2
const commonName = (/** @type {string} */ name) =>
  sequence(der(0x31, sequence(objectId('550403'), der(0x0c, Buffer.from(name)))));
/** UTCTime, as in 260131235959Z: until 2049. @param {number} ms */
const time = (ms) =>
  der(
    0x17,
    Buffer.from(
      new Date(ms)
        .toISOString()
        .slice(2)
        .replaceAll(/[-:T]|\.\d+/g, ''),
    ),
  );
/** basicConstraints, critical: may sign others. */
const isAuthority = sequence(objectId('551d13'), yes, octets(sequence(yes)));
/** subjectAltName: the address, and localhost. @param {string} address */
const names = (address) =>
  sequence(
    objectId('551d11'),
    octets(sequence(der(0x87, Buffer.from(address.split('.').map(Number))), der(0x82, Buffer.from('localhost')))),
  );
