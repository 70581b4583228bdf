import { createServer, type AddressInfo } from 'node:net';
import { fair, type Weather } from './flow.js';
import { Link, passAlong, type Direction, type Side, type Watcher } from './link.js';

/**
 * A wire that somebody can hurt: between a client and a service, a service and PostgreSQL, or a service and RocketMQ. It
 * forwards bytes as they are. What is done to it applies to all connections, existing ones included, and adds up, until `heal`.
 */
export interface Wire {
  readonly port: number;
  /** `host:port`, for whoever is to go through the wire. */
  readonly address: string;
  /** The same URL, through the wire. */
  through(url: string): string;
  /** Connections open at the moment. */
  readonly open: number;
  /** Bytes that have passed so far. */
  readonly bytes: Readonly<Record<Direction, number>>;
  /** Connections are reset and new ones too (a dead host). */
  cut(): void;
  /** Connections stay up and nothing passes, not even an end (a lost route): only timeouts help. Default: both directions. */
  blackHole(direction?: Direction): void;
  /** The connections of this moment end for one side only; the other one is not told and writes into nothing. New ones work. */
  halfOpen(unaware?: Side): void;
  /** Each piece is late by `delayMs`, ± `jitterMs`, and never out of order. */
  delay(delayMs: number, options?: { readonly jitterMs?: number; readonly direction?: Direction }): void;
  limit(bytesPerSecond: number, direction?: Direction): void;
  /** After so many more bytes in this direction the connection that carried the last of them is reset. Once. */
  resetAfter(bytes: number, direction?: Direction): void;
  /** True once the last trap, or the last `resetAfter`, has sprung. */
  readonly trapped: boolean;
  /** As if nothing had ever been done to it; what a black hole held back arrives. */
  heal(): void;
  close(): Promise<void>;
}

export interface WireOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** For each connection. */
  readonly watch?: () => Watcher;
  /** For jitter. */
  readonly random?: () => number;
  /** Shared with whoever sets traps of its own. */
  readonly trap?: { sprung: boolean };
}

/** @param target `host:port` or a URL with both. */
export async function openWire(
  target: string,
  { port = 0, watch = () => passAlong, random = Math.random, trap = { sprung: false } }: WireOptions = {},
): Promise<Wire> {
  const { hostname, port: targetPort } = new URL(target.includes('://') ? target : `tcp://${target}`);
  const links = new Set<Link>();
  const weather: Record<Direction, Weather> = { toServer: fair(), toClient: fair() };
  const bytes: Record<Direction, number> = { toServer: 0, toClient: 0 };
  let isCut = false;
  let fuse: { readonly direction: Direction; left: number } | undefined;

  const account = (direction: Direction, size: number) => {
    const burns = fuse?.direction === direction && size >= fuse.left;
    const pass = burns && fuse ? fuse.left : size;
    bytes[direction] += pass;
    if (burns) {
      fuse = undefined;
      trap.sprung = true;
    } else if (fuse?.direction === direction) fuse.left -= size;
    return { pass, thenReset: burns };
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (isCut) return void client.resetAndDestroy();
    const options = {
      target: { host: hostname, port: Number(targetPort) },
      weather,
      watcher: watch(),
      random,
      account,
    };
    links.add(new Link(client, options, (link) => links.delete(link)));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  // A TCP server's address is never the string that a pipe has.
  const { port: listening } = server.address() as AddressInfo;
  const address = `127.0.0.1:${listening}`;
  const each = (act: (link: Link) => void): void => [...links].forEach(act);
  const change = (direction: Direction | undefined, to: Partial<Weather>): void => {
    for (const way of direction ? [direction] : (['toServer', 'toClient'] as const)) Object.assign(weather[way], to);
  };
  return {
    port: listening,
    address,
    through: (url) => Object.assign(new URL(url), { host: address }).href,
    get open() {
      return links.size;
    },
    bytes,
    cut: () => {
      isCut = true;
      each((link) => link.reset());
    },
    blackHole: (direction) => change(direction, { held: true }),
    halfOpen: (unaware = 'client') => each((link) => link.halve(unaware)),
    delay: (delayMs, { jitterMs = 0, direction } = {}) => change(direction, { delayMs, jitterMs }),
    limit: (bytesPerSecond, direction) => change(direction, { bytesPerSecond }),
    resetAfter: (left, direction = 'toServer') => {
      fuse = { direction, left };
      trap.sprung = false;
    },
    get trapped() {
      return trap.sprung;
    },
    heal: () => {
      isCut = false;
      fuse = undefined;
      change(undefined, fair());
      each((link) => link.flush());
    },
    close: async () => {
      each((link) => link.reset());
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
