import { connect, type Socket } from 'node:net';
import { Flow, type Weather } from './flow.js';

export type Side = 'client' | 'server';
/** Which way bytes go. */
export type Direction = 'toServer' | 'toClient';

/** Sees what a connection says before it passes; may change it, swallow it or hurt the connection. */
export interface Watcher {
  fromClient(bytes: Buffer, link: Link): void;
  fromServer(bytes: Buffer, link: Link): void;
}

export const passAlong: Watcher = {
  fromClient: (bytes, link) => link.send('toServer', bytes),
  fromServer: (bytes, link) => link.send('toClient', bytes),
};

export interface LinkOptions {
  readonly target: { readonly host: string; readonly port: number };
  readonly weather: Readonly<Record<Direction, Weather>>;
  readonly watcher: Watcher;
  readonly random: () => number;
  /** Bytes are about to leave; says how many of them may, and whether the connection is reset behind them. */
  readonly account: (direction: Direction, bytes: number) => { readonly pass: number; readonly thenReset: boolean };
}

/** One connection through a wire: two sockets, and what flows between them. */
export class Link {
  readonly #server: Socket;
  readonly #flows: Readonly<Record<Direction, Flow>>;
  /** The side that was not told that the other one is gone. */
  #unaware: Side | undefined;
  #open = 2;

  constructor(
    private readonly client: Socket,
    private readonly options: LinkOptions,
    private readonly whenClosed: (link: Link) => void,
  ) {
    const { target, weather, random, watcher } = options;
    this.#server = connect({ ...target, noDelay: true, allowHalfOpen: true });
    this.#flows = { toServer: new Flow(weather.toServer, random), toClient: new Flow(weather.toClient, random) };
    client.setNoDelay(true);
    client.on('data', (bytes: Buffer) => this.#unaware !== 'client' && watcher.fromClient(bytes, this));
    // Also when the client is gone: a watcher may wait for the answer that nobody gets.
    this.#server.on('data', (bytes: Buffer) => watcher.fromServer(bytes, this));
    this.#tie(client, this.#server, 'toServer', 'server');
    this.#tie(this.#server, client, 'toClient', 'client');
  }

  /** What a watcher lets pass. */
  send(direction: Direction, bytes: Buffer): void {
    const socket = direction === 'toServer' ? this.#server : this.client;
    this.#flows[direction].send(bytes, (part) => {
      if (socket.destroyed) return;
      const { pass, thenReset } = this.options.account(direction, part.length);
      socket.write(part.subarray(0, pass));
      if (thenReset) this.reset();
    });
  }

  reset(): void {
    for (const socket of [this.client, this.#server]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  /** One side is gone and the other is not told: it goes on writing into nothing. */
  halve(unaware: Side): void {
    if (this.#unaware !== undefined) return;
    this.#unaware = unaware;
    (unaware === 'client' ? this.#server : this.client).resetAndDestroy();
  }

  /** Whoever was not told is told now. */
  flush(): void {
    if (this.#unaware !== undefined) return this.reset();
    for (const flow of Object.values(this.#flows)) flow.flush();
  }

  /** The end of one side passes to the other behind the bytes, and waits with them: a lost route tells nothing. */
  #tie(one: Socket, other: Socket, direction: Direction, side: Side): void {
    const flow = this.#flows[direction];
    let hard = false;
    const tell = (end: () => void): void => flow.pass(() => this.#unaware !== side && !other.destroyed && end());
    one.on('error', () => (hard = true));
    one.on('end', () => tell(() => other.end()));
    one.on('close', () => {
      tell(() => (hard ? other.resetAndDestroy() : other.destroy()));
      this.#open -= 1;
      if (this.#open > 0) return;
      for (const each of Object.values(this.#flows)) each.drop();
      this.whenClosed(this);
    });
  }
}
