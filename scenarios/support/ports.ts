import { createServer } from 'node:net';

/** Below the range that the kernel hands out to outgoing connections, so that nothing slips in between choosing and binding. */
const searchFrom = 20_000;
const searchTo = 32_000;

/** `wanted` when nobody listens there, else a free one at random (several systems may be looking at the same time). */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted !== undefined && (await canListen(wanted))) return wanted;
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = searchFrom + Math.floor(Math.random() * (searchTo - searchFrom));
    if (await canListen(port)) return port;
  }
  throw new Error(`No free port between ${searchFrom} and ${searchTo}. Stop what occupies them.`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
