import { connect, createServer, type ClientHttp2Session, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { until } from '../support/until.js';
import { openBrokerWire, type BrokerWire } from './broker-wire.js';
import { addressBytes } from './route-address.js';

/** Not a broker, but it speaks gRPC's HTTP/2: it says which calls have arrived whole, and answers with its own address. */
let server: Http2Server;
let wire: BrokerWire;
let session: ClientHttp2Session;
let arrived: string[];
beforeEach(async () => {
  arrived = [];
  server = createServer();
  server.on('session', (each) => each.on('error', () => undefined)); // the wire resets it
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    stream.resume();
    stream.on('end', () => {
      if (stream.destroyed) return; // cut off, not complete
      arrived.push(String(headers[':path']));
      stream.respond({ ':status': 200 });
      stream.end(Buffer.concat([Buffer.alloc(5), addressBytes({ host: '127.0.0.1', port: portOf(server) })]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  wire = await openBrokerWire(`127.0.0.1:${portOf(server)}`);
  session = connect(`http://${wire.address}`);
  session.on('error', () => undefined); // what the client makes of it is seen in its calls
});
afterEach(async () => {
  session.destroy();
  await wire.close();
  await new Promise((resolve) => server.close(resolve));
});

const portOf = (listening: Http2Server): number => (listening.address() as AddressInfo).port;
const resource = (name: string): Buffer => Buffer.concat([Buffer.from([0x12, name.length]), Buffer.from(name)]);

/** @returns the answer's bytes */
function call(method: string, message: Buffer = resource('order-events')): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': `/apache.rocketmq.v2.MessagingService/${method}`,
      'content-type': 'application/grpc',
      'x-mq-date-time': new Date().toISOString(),
      'x-random': Math.random().toString(36),
    });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', () => undefined); // however it is worded, it is closed then
    stream.on('end', () => resolve(Buffer.concat(chunks)));
    stream.on('close', () => reject(new Error('closed without an answer')));
    stream.write(Buffer.concat([Buffer.alloc(5), message]));
    stream.end();
  });
}

it('knows each call by its name, whatever the headers before it were', async () => {
  for (let i = 0; i < 60; i++) await call(i % 3 === 0 ? 'SendMessage' : 'AckMessage');
  await call('EndTransaction');
  expect(wire.calls).toEqual({ SendMessage: 20, AckMessage: 40, EndTransaction: 1 });
});

it('puts its own address where the answer names the broker', async () => {
  const answer = await call('QueryRoute');
  expect(answer.subarray(5)).toEqual(addressBytes({ host: '127.0.0.1', port: wire.port }));
});

it('cuts the client off right after the call was forwarded', async () => {
  wire.trapCall({ call: 'EndTransaction', effect: 'answer-lost' });
  await call('SendMessage');
  await expect(call('EndTransaction')).rejects.toThrow('without an answer');
  await until(
    'the call is worked on',
    () => arrived.length,
    (count) => count === 2,
  );
  expect([wire.trapped, arrived.at(-1)]).toEqual([true, '/apache.rocketmq.v2.MessagingService/EndTransaction']);
});

it('cuts the client off before the call arrives; the n-th call about one topic', async () => {
  wire.trapCall({ call: 'SendMessage', topic: 'order-events', hit: 2, effect: 'never-arrives' });
  await call('SendMessage');
  await call('SendMessage', resource('order-events-tx'));
  expect(wire.trapped).toBe(false);
  await expect(call('SendMessage')).rejects.toThrow('without an answer');
  expect([wire.trapped, arrived.length]).toEqual([true, 2]);
  session = connect(`http://${wire.address}`);
  await call('SendMessage'); // springs once
});
