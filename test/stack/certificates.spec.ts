import { X509Certificate } from 'node:crypto';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { expect, test } from '@jest/globals';
import { makeCertificates } from '../../stack/rocketmq/certificates.mjs';

const { ca, server, serverKey } = makeCertificates('127.0.0.1');

test('the certificate is signed by its authority, names the address, and is valid now', () => {
  const certificate = new X509Certificate(server);
  expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(false);
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkIP('127.0.0.2')).toBeUndefined();
  expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 300 * 86_400_000);
  expect([new X509Certificate(ca).ca, certificate.ca]).toEqual([true, false]);
});

test('a client that knows the authority accepts it, and nobody else does', async () => {
  const listening = createServer({ cert: server, key: serverKey }, (socket) => socket.end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  const address = listening.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const shake = (options: { ca?: string }): Promise<string> =>
    new Promise((resolve) => {
      const socket: TLSSocket = connect({ host: '127.0.0.1', port, ...options }, () => {
        socket.destroy();
        resolve('accepted');
      });
      socket.on('error', ({ message }) => resolve(message));
    });
  expect(await shake({ ca })).toBe('accepted');
  expect(await shake({})).toMatch(/unable to verify/);
  await new Promise((resolve) => listening.close(resolve));
});
