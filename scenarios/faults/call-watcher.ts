import { HpackReader } from './hpack.js';
import { endHeaders, endStream, FrameReader, frameTypes, headerFragment, type Frame } from './http2-frames.js';
import type { Link, Watcher } from './link.js';
import { addressBytes, redirect, type Address } from './route-address.js';

/** What happens to a call of a RocketMQ client. */
export interface CallTrap {
  readonly call: 'SendMessage' | 'EndTransaction' | 'AckMessage' | 'ReceiveMessage' | 'ChangeInvisibleDuration';
  /** Only calls about this topic; default any. */
  readonly topic?: string;
  /** Which of them; default the first. */
  readonly hit?: number;
  readonly effect:
    /** The client is cut off right after the call was forwarded; the broker works on it. */
    | 'answer-lost'
    /** The client is cut off and the call never arrives. */
    | 'never-arrives';
}

/** Shared by all connections of a wire. */
export interface TrapState {
  trap?: CallTrap;
  sprung: boolean;
  /** Calls that the trap is about, so far. */
  seen: number;
  readonly calls: Record<string, number>;
}

/**
 * Reads gRPC on one connection, frame by frame. The method stands in the headers of a stream, the topic in the first frame of
 * its data; bytes pass unchanged but for the broker's address in routes.
 */
export class CallWatcher implements Watcher {
  readonly #headers = new HpackReader();
  readonly #client: FrameReader;
  readonly #server: FrameReader;
  /** Streams whose request is under way; undefined once its first data was judged. */
  readonly #methods = new Map<number, string>();
  readonly #from: Buffer;
  readonly #to: Buffer;
  #block: Buffer[] = [];
  #trapped: number | undefined;
  #link: Link | undefined;

  constructor(
    private readonly state: TrapState,
    broker: Address,
    port: number,
  ) {
    this.#from = addressBytes(broker);
    this.#to = addressBytes({ ...broker, port });
    this.#client = new FrameReader('client', (bytes) => this.#link?.send('toServer', bytes));
    this.#server = new FrameReader('server', () => undefined);
  }

  fromClient(bytes: Buffer, link: Link): void {
    this.#link = link;
    for (const frame of this.#client.read(bytes)) {
      this.#identify(frame);
      if (this.#springs(frame)) return link.reset();
      link.send('toServer', frame.bytes);
      // The broker has all of it and works on it; its answer is waited for below, so that nothing is taken back.
      if (frame.stream === this.#trapped && ends(frame)) link.halve('server');
    }
  }

  fromServer(bytes: Buffer, link: Link): void {
    for (const frame of this.#server.read(bytes)) {
      if (frame.type === frameTypes.data) redirect(frame.payload, this.#from, this.#to);
      if (frame.stream === this.#trapped && ends(frame)) return link.reset();
      link.send('toClient', frame.bytes);
    }
  }

  #identify(frame: Frame): void {
    const { type, flags, stream } = frame;
    if (type === frameTypes.reset) this.#methods.delete(stream);
    if (type !== frameTypes.headers && type !== frameTypes.continuation) return;
    this.#block.push(headerFragment(frame));
    if ((flags & endHeaders) === 0) return;
    const path = this.#headers.read(Buffer.concat(this.#block.splice(0))).find(([name]) => name === ':path')?.[1];
    const method = path?.slice(path.lastIndexOf('/') + 1);
    if (method !== undefined) this.#methods.set(stream, method);
  }

  /** @returns whether the connection ends here. */
  #springs({ type, stream, payload }: Frame): boolean {
    const method = this.#methods.get(stream);
    if (type !== frameTypes.data || payload.length === 0 || method === undefined) return false;
    this.#methods.delete(stream);
    const { state } = this;
    state.calls[method] = (state.calls[method] ?? 0) + 1;
    const { trap } = state;
    if (!trap || trap.call !== method || (trap.topic !== undefined && !names(payload, trap.topic))) return false;
    state.seen += 1;
    if (state.seen < (trap.hit ?? 1)) return false;
    delete state.trap;
    state.sprung = true;
    if (trap.effect === 'never-arrives') return true;
    this.#trapped = stream;
    return false;
  }
}

const ends = ({ type, flags }: Frame): boolean =>
  type === frameTypes.reset || ((type === frameTypes.data || type === frameTypes.headers) && (flags & endStream) !== 0);

/** `Resource { name = 2 }` with its length: "order-events" is not found in "order-events-tx". */
const names = (payload: Buffer, topic: string): boolean =>
  payload.includes(Buffer.concat([Buffer.from([0x12, topic.length]), Buffer.from(topic)]));
