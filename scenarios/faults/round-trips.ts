const headerBytes = 5;
const readyForQuery = 'Z'.charCodeAt(0);

/**
 * Counts what a PostgreSQL server says on one connection that ends a round trip: ReadyForQuery. Each message is a byte for its
 * kind and a length that includes itself (PostgreSQL: Frontend/Backend Protocol, Message Formats); pieces of TCP end anywhere.
 */
export class RoundTrips {
  #header = Buffer.alloc(0);
  #rest = 0;

  /** @returns how many have ended in these bytes */
  read(bytes: Buffer): number {
    let ended = 0;
    for (let at = 0; at < bytes.length;) {
      const body = Math.min(this.#rest, bytes.length - at);
      this.#rest -= body;
      at += body;
      if (at === bytes.length) break;
      const piece = bytes.subarray(at, at + headerBytes - this.#header.length);
      at += piece.length;
      this.#header = Buffer.concat([this.#header, piece]);
      if (this.#header.length < headerBytes) break;
      if (this.#header[0] === readyForQuery) ended += 1;
      this.#rest = this.#header.readUInt32BE(1) - (headerBytes - 1);
      this.#header = Buffer.alloc(0);
    }
    return ended;
  }
}
