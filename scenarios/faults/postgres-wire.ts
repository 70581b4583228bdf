import { openWire, type Wire, type WireOptions } from './wire.js';
import type { Link, Watcher } from './link.js';
import { RoundTrips } from './round-trips.js';

/** What happens to the next COMMIT. */
export type CommitTrap =
  /** The server commits; its answer is swallowed and the client is cut off. */
  | 'answer-lost'
  /** The client is cut off and the COMMIT never arrives: the server rolls back. */
  | 'never-arrives'
  /** The client is cut off, the COMMIT arrives at `releaseCommit`: a backend that outlives its client. */
  | 'held-back';

export interface PostgresWire extends Wire {
  /** Of the database, through the wire. */
  readonly url: string;
  /** How often a client has asked and got its answer. */
  readonly seen: { readonly roundTrips: number };
  /** Set once, springs once. */
  trapCommit(trap: CommitTrap): void;
  releaseCommit(): void;
}

/** A wire that knows a COMMIT when it sees one, and counts round trips. */
export async function openPostgresWire(
  url: string,
  options: Pick<WireOptions, 'port' | 'random'> = {},
): Promise<PostgresWire> {
  const state: State = { sprung: false, roundTrips: 0 };
  const wire = await openWire(url, { ...options, trap: state, watch: () => new CommitWatcher(state) });
  const heal = wire.heal.bind(wire);
  return Object.assign(wire, {
    url: wire.through(url),
    seen: state,
    trapCommit: (trap: CommitTrap) => void Object.assign(state, { trap, sprung: false }),
    releaseCommit: () => {
      state.release?.();
      delete state.release;
    },
    heal: () => {
      delete state.trap;
      heal();
    },
  });
}

interface State {
  trap?: CommitTrap;
  sprung: boolean;
  roundTrips: number;
  release?: () => void;
}

class CommitWatcher implements Watcher {
  #swallowsAnswer = false;
  readonly #roundTrips = new RoundTrips();

  constructor(private readonly state: State) {}

  fromClient(bytes: Buffer, link: Link): void {
    const { state } = this;
    // The statement, which ends in NUL: not the word in somebody's text ("reserve-on-commit").
    if (!state.trap || !/(?<![\w-])commit\0/i.test(bytes.toString('latin1'))) return link.send('toServer', bytes);
    const { trap } = state;
    delete state.trap;
    state.sprung = true;
    if (trap === 'never-arrives') return link.reset();
    this.#swallowsAnswer = true;
    if (trap === 'answer-lost') return link.send('toServer', bytes);
    state.release = () => link.send('toServer', bytes);
    link.halve('server');
  }

  fromServer(bytes: Buffer, link: Link): void {
    this.state.roundTrips += this.#roundTrips.read(bytes);
    if (!this.#swallowsAnswer) link.send('toClient', bytes);
    // Only the COMMIT's own answer says that the server is done with it: with pipelining, others come before.
    else if (/COMMIT|ROLLBACK|ERROR|FATAL/.test(bytes.toString('latin1'))) link.reset();
  }
}
