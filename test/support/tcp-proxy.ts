import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * A wire that a test can hurt: between a service and PostgreSQL, or between a service and RocketMQ. It forwards bytes as
 * they are. One mode applies to all connections, existing ones included:
 *
 *   open        bytes flow, each direction late by `delayMs`
 *   black hole  connections stay up and nothing passes (a lost route): only timeouts help
 *   cut         connections are reset and new ones refused (a dead host)
 *
 * and one trap for PostgreSQL: what happens to the next COMMIT. It is set once, springs once.
 */
export type CommitTrap =
  /** The server commits; its answer is swallowed and the client is cut off. */
  | 'answer-lost'
  /** The client is cut off and the COMMIT never arrives: the server rolls back. */
  | 'never-arrives'
  /** The client is cut off, the COMMIT arrives when the test calls `releaseCommit`: a backend that outlives its client. */
  | 'held-back';

export interface TcpProxy {
  readonly port: number;
  /** The same URL, through the proxy. */
  through(url: string): string;
  /** Connections open at the moment. */
  readonly open: number;
  cut(): void;
  blackHole(): void;
  delay(delayMs: number): void;
  heal(): void;
  trapCommit(trap: CommitTrap): void;
  /** True once the trap has sprung. */
  readonly trapped: boolean;
  releaseCommit(): void;
  close(): Promise<void>;
}

/** @param target `host:port` or a URL with both. */
export async function createTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port: targetPort } = new URL(target.includes('://') ? target : `tcp://${target}`);
  const wires = new Set<Wire>();
  const state: State = { mode: 'open', delayMs: 0, trapped: false };
  const server = createServer((client) => {
    if (state.mode === 'cut') return void client.resetAndDestroy();
    const wire = new Wire(client, connect({ host: hostname, port: Number(targetPort), noDelay: true }), state);
    wires.add(wire);
    wire.whenClosed(() => wires.delete(wire));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  // A TCP server's address is never the string that a pipe has.
  const { port } = server.address() as AddressInfo;
  const each = (act: (wire: Wire) => void): void => [...wires].forEach(act);
  return {
    port,
    through: (url) => Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href,
    get open() {
      return wires.size;
    },
    cut: () => {
      state.mode = 'cut';
      each((wire) => wire.reset());
    },
    blackHole: () => void (state.mode = 'black hole'),
    delay: (delayMs) => void (state.delayMs = delayMs),
    heal: () => {
      Object.assign(state, { mode: 'open', delayMs: 0 });
      each((wire) => wire.flush());
    },
    trapCommit: (trap) => Object.assign(state, { trap, trapped: false }),
    get trapped() {
      return state.trapped;
    },
    releaseCommit: () => {
      state.release?.();
      delete state.release;
    },
    close: async () => {
      each((wire) => wire.reset());
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface State {
  mode: 'open' | 'black hole' | 'cut';
  delayMs: number;
  trap?: CommitTrap;
  trapped: boolean;
  release?: () => void;
}

class Wire {
  /** What a black hole holds back, in order. */
  readonly #held: (() => void)[] = [];
  #swallowAnswer = false;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly state: State,
  ) {
    client.setNoDelay(true);
    client.on('data', (bytes: Buffer) => this.#fromClient(bytes));
    server.on('data', (bytes: Buffer) => {
      if (!this.#swallowAnswer) this.#pass(() => client.write(bytes));
      // Only the COMMIT's own answer says that the server is done with it: with pipelining, others come before.
      else if (/COMMIT|ROLLBACK|ERROR|FATAL/.test(bytes.toString('latin1'))) this.reset();
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('end', () => this.#pass(() => other.end()));
    }
    // A backend whose COMMIT is held back must not notice that its client is gone.
    client.on('close', () => this.#swallowAnswer || server.destroy());
    server.on('close', () => client.destroy());
  }

  whenClosed(done: () => void): void {
    this.server.once('close', done);
  }

  reset(): void {
    for (const socket of [this.client, this.server]) if (!socket.destroyed) socket.resetAndDestroy();
  }

  flush(): void {
    for (const pass of this.#held.splice(0)) pass();
  }

  #fromClient(bytes: Buffer): void {
    const { trap } = this.state;
    // The statement, which ends in NUL: not the word in somebody's text ("reserve-on-commit").
    if (!trap || !/(?<![\w-])commit\0/i.test(bytes.toString('latin1')))
      return this.#pass(() => this.server.write(bytes));
    delete this.state.trap;
    this.state.trapped = true;
    if (trap === 'never-arrives') return this.reset();
    this.#swallowAnswer = true;
    if (trap === 'answer-lost') return void this.server.write(bytes);
    this.state.release = () => void this.server.write(bytes);
    this.client.resetAndDestroy();
  }

  #pass(send: () => void): void {
    const { mode, delayMs } = this.state;
    if (mode === 'black hole') this.#held.push(send);
    else if (delayMs > 0) setTimeout(send, delayMs);
    else send();
  }
}
