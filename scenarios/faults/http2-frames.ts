/** A frame of HTTP/2, complete (RFC 9113 §4.1). */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  /** With its header, as it was on the wire. */
  readonly bytes: Buffer;
  /** Without its header; shares memory with `bytes`. */
  readonly payload: Buffer;
}

export const frameTypes = { data: 0, headers: 1, reset: 3, continuation: 9 } as const;
export const endStream = 0x1;
export const endHeaders = 0x4;
const padded = 0x8;
const withPriority = 0x20;

const headerLength = 9;
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Cuts one direction of a connection into frames. What a client says first is no frame and passes as it is. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #expectsPreface: boolean;

  constructor(
    side: 'client' | 'server',
    private readonly other: (bytes: Buffer) => void,
  ) {
    this.#expectsPreface = side === 'client';
  }

  *read(bytes: Buffer): Generator<Frame> {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (this.#expectsPreface) {
      if (this.#rest.length < preface.length) return;
      this.#expectsPreface = false;
      this.other(this.#take(preface.length));
    }
    while (this.#rest.length >= headerLength) {
      const length = headerLength + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < length) return;
      const frame = this.#take(length);
      yield {
        type: frame.readUInt8(3),
        flags: frame.readUInt8(4),
        stream: frame.readUInt32BE(5) & 0x7fff_ffff,
        bytes: frame,
        payload: frame.subarray(headerLength),
      };
    }
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}

/** What a HEADERS or CONTINUATION frame has of the header block, without padding and priority. */
export function headerFragment({ type, flags, payload }: Frame): Buffer {
  if (type === frameTypes.continuation) return payload;
  const padding = flags & padded ? payload.readUInt8(0) : 0;
  const start = (flags & padded ? 1 : 0) + (flags & withPriority ? 5 : 0);
  return payload.subarray(start, payload.length - padding);
}
