import type { Link, Watcher } from './link.js';
import { openWire, type Wire } from './wire.js';

export interface HttpWire extends Wire {
  readonly seen: { readonly requests: number };
}

/** A wire that counts requests of HTTP/1.1. */
export async function openHttpWire(url: string): Promise<HttpWire> {
  const seen = { requests: 0 };
  const wire = await openWire(url, { watch: () => new RequestCounter(seen) });
  return Object.assign(wire, { seen });
}

/** Ends the first line of a request; in a body of JSON a line break is escaped. */
const lineEnd = ' HTTP/1.1\r\n';

class RequestCounter implements Watcher {
  #tail = '';

  constructor(private readonly seen: { requests: number }) {}

  fromClient(bytes: Buffer, link: Link): void {
    const text = this.#tail + bytes.toString('latin1');
    this.seen.requests += text.split(lineEnd).length - 1;
    // Too short to hold a whole one: a line that is cut in two counts once.
    this.#tail = text.slice(1 - lineEnd.length);
    link.send('toServer', bytes);
  }

  fromServer(bytes: Buffer, link: Link): void {
    link.send('toClient', bytes);
  }
}
