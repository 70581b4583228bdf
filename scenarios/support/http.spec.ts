import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpClient } from './http.js';

let server: Server | undefined;
let client: HttpClient;
async function serve(listener: RequestListener): Promise<number> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is never the string that a pipe has.
  const { port } = server.address() as AddressInfo;
  client = new HttpClient(`http://127.0.0.1:${port}`);
  return port;
}
afterEach(async () => {
  client.close();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

it('gives the resource below 400 and the problem above', async () => {
  await serve(({ url }, response) => {
    const problem = url !== '/fine';
    response.writeHead(problem ? 422 : 200, {
      'content-type': problem ? 'application/problem+json; charset=utf-8' : 'application/json',
    });
    response.end(JSON.stringify(problem ? { code: 'NO' } : { orderId: 'o1' }));
  });
  expect(await client.send({ method: 'GET', path: '/fine' })).toMatchObject({
    status: 200,
    body: { orderId: 'o1' },
    problem: undefined,
  });
  expect(await client.send({ method: 'GET', path: '/not' })).toMatchObject({
    status: 422,
    body: undefined,
    problem: { code: 'NO' },
  });
});

it('calls a cut connection and a time-out unknown, and only a refused connection failed', async () => {
  const port = await serve(({ url, socket }) => {
    if (url === '/cut') socket.destroy();
  });
  await expect(client.send({ method: 'POST', path: '/cut' })).rejects.toMatchObject({
    outcome: 'unknown',
    code: 'ECONNRESET',
  });
  await expect(client.send({ method: 'POST', path: '/silent', timeoutMs: 20 })).rejects.toMatchObject({
    outcome: 'unknown',
  });
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  await expect(client.send({ method: 'POST', path: '/' })).rejects.toMatchObject({
    outcome: 'failed',
    code: 'ECONNREFUSED',
  });
  expect(port).toBeGreaterThan(0);
});
