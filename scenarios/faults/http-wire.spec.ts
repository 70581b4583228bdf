import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { openHttpWire, type HttpWire } from './http-wire.js';

let server: Server;
let wire: HttpWire;
beforeEach(async () => {
  server = createServer((request, response) => void request.resume().on('end', () => response.end('yes')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // It listens on a port, so this is no pipe's name.
  wire = await openHttpWire(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  server.closeAllConnections();
  await wire.close();
  await new Promise((resolve) => server.close(resolve));
});

it('counts requests, and not what is in them', async () => {
  for (const body of ['{"text":" HTTP/1.1"}', '{}', '{}']) {
    const answer = await fetch(`http://${wire.address}/`, { method: 'POST', body });
    expect(await answer.text()).toBe('yes');
  }
  expect(wire.seen.requests).toBe(3);
});

it('counts a request once whose first line comes in pieces', async () => {
  const socket = connect(wire.port, '127.0.0.1');
  const answered = new Promise((resolve) => socket.once('data', resolve));
  socket.setNoDelay(true);
  for (const piece of ['GET / HT', 'TP/1.1\r', '\nhost: here\r\n\r\n']) {
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await answered;
  socket.destroy();
  expect(wire.seen.requests).toBe(1);
});
