import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { until } from '../support/until.js';
import { openWire, type Wire } from './wire.js';

/** An echo server, a wire to it, a client on the wire. */
let server: Server;
let served: Socket[];
let wire: Wire;
/** What decides on jitter: the next draw, and how many there were. Each wire has its own: the last one's connections may still be ending. */
let jitter: { draw: number; draws: number };
let clients: Socket[];
beforeEach(async () => {
  const own = { draw: 0, draws: 0 };
  jitter = own;
  served = [];
  clients = [];
  server = createServer((socket) => {
    served.push(socket);
    socket.on('error', () => undefined); // the wire resets it
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  wire = await openWire(`127.0.0.1:${(server.address() as AddressInfo).port}`, {
    random: () => {
      own.draws += 1;
      return own.draw;
    },
  });
});
afterEach(async () => {
  for (const socket of [...clients, ...served]) socket.destroy();
  await wire.close();
  await new Promise((resolve) => server.close(resolve));
});

/** What a client has got so far, and how its connection ended. */
interface Heard {
  readonly socket: Socket;
  text: string;
  end?: string;
}

async function dial(): Promise<Heard> {
  const socket = connect({ port: wire.port, host: '127.0.0.1', noDelay: true });
  clients.push(socket);
  const heard: Heard = { socket, text: '' };
  socket.on('data', (bytes: Buffer) => (heard.text += bytes.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (heard.end = error.code));
  socket.on('close', () => (heard.end ??= 'closed'));
  // One that is refused is closed at once.
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return heard;
}

const hears = (heard: Heard, text: string) =>
  until(
    `the client hears ${text}`,
    () => heard.text,
    (seen) => seen === text,
    { withinMs: 3_000, everyMs: 2 },
  );
const ends = (heard: Heard, how: string) =>
  until(
    `the connection ends`,
    () => heard.end,
    (seen) => seen === how,
    { withinMs: 3_000, everyMs: 2 },
  );
const talk = async (text: string): Promise<Heard> => {
  const heard = await dial();
  heard.socket.write(text);
  await hears(heard, text);
  return heard;
};

it('passes bytes and ends, and counts them', async () => {
  const heard = await talk('hello');
  expect(wire.bytes).toEqual({ toServer: 5, toClient: 5 });
  heard.socket.end();
  await ends(heard, 'closed');
  await until(
    'no connection is left',
    () => wire.open,
    (open) => open === 0,
  );
});

it('cuts connections and refuses new ones until it is healed', async () => {
  const heard = await talk('one');
  wire.cut();
  await ends(heard, 'ECONNRESET');
  await ends(await dial(), 'ECONNRESET');
  wire.heal();
  expect((await talk('two')).end).toBeUndefined();
});

it('swallows everything in a black hole, also the end, and lets it out when it is healed', async () => {
  const heard = await talk('one ');
  wire.blackHole();
  heard.socket.end('two');
  const patient = await dial();
  patient.socket.write('three');
  await until('the bytes are under way', () => clients.every(({ bytesWritten }) => bytesWritten > 0), Boolean);
  expect([wire.bytes.toServer, served[0]?.readableEnded]).toEqual([4, false]);
  wire.heal();
  await hears(heard, 'one two');
  await ends(heard, 'closed');
  await hears(patient, 'three');
});

it('can swallow one direction only', async () => {
  const heard = await talk('one ');
  wire.blackHole('toClient');
  heard.socket.write('two');
  await until(
    'the server has it',
    () => wire.bytes.toServer,
    (bytes) => bytes === 7,
  );
  expect(heard.text).toBe('one ');
  wire.heal();
  await hears(heard, 'one two');
});

it('lets the server hang up without telling the client', async () => {
  const heard = await talk('one');
  wire.halfOpen();
  await until('the server side is gone', () => served[0]?.destroyed, Boolean);
  heard.socket.write('into nothing');
  await talk('somebody new'); // a round trip later nobody was told
  expect([heard.end, heard.socket.destroyed, heard.text]).toEqual([undefined, false, 'one']);
  wire.heal();
  await ends(heard, 'ECONNRESET');
});

it('lets the client vanish without telling the server', async () => {
  const heard = await talk('one');
  wire.halfOpen('server');
  await ends(heard, 'ECONNRESET');
  await talk('somebody new');
  expect(served[0]?.destroyed).toBe(false);
  wire.heal();
  await until('the server side is told', () => served[0]?.destroyed, Boolean);
});

it('is late, and never out of order', async () => {
  const heard = await dial();
  jitter.draw = 1;
  wire.delay(40, { jitterMs: 30, direction: 'toServer' });
  const startedAt = performance.now();
  heard.socket.write('one '); // late by 70 ms
  await until(
    'the wire has got it',
    () => jitter.draws,
    (count) => count > 0,
    { everyMs: 1 },
  );
  jitter.draw = 0;
  heard.socket.write('two'); // late by 10 ms, and may not overtake
  await hears(heard, 'one two');
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(69);
});

it('is slow', async () => {
  const heard = await dial();
  wire.limit(10_000, 'toClient');
  const startedAt = performance.now();
  heard.socket.write('x'.repeat(1_000));
  await until(
    'something trickles',
    () => heard.text.length,
    (length) => length > 0,
    { everyMs: 1 },
  );
  expect(heard.text.length).toBeLessThan(1_000);
  await hears(heard, 'x'.repeat(1_000));
  expect(performance.now() - startedAt).toBeGreaterThan(95);
});

it('resets the connection that carries the n-th byte, once', async () => {
  const other = await talk('ab');
  wire.resetAfter(5);
  const heard = await dial();
  heard.socket.write('cdefghij');
  await ends(heard, 'ECONNRESET');
  expect([wire.trapped, wire.bytes.toServer]).toEqual([true, 7]);
  other.socket.write('kl');
  await hears(other, 'abkl');
});
