/**
 * Headers of HTTP/2 as they are on the wire (RFC 7541), read only. Whoever wants to know which gRPC method a connection calls
 * has to read all of its headers: each may refer to what earlier ones have put into the table.
 */
export class HpackReader {
  /** Newest first. */
  readonly #table: Header[] = [];
  #size = 0;
  #limit = 4096;

  read(block: Buffer): readonly Header[] {
    const headers: Header[] = [];
    const at = { block, offset: 0 };
    while (at.offset < block.length) {
      const first = block[at.offset] ?? 0;
      if (first & 0b1000_0000) headers.push(this.#entry(integer(at, 7)));
      else if ((first & 0b1110_0000) === 0b0010_0000) this.#resize(integer(at, 5));
      else {
        const isKept = (first & 0b0100_0000) !== 0;
        const index = integer(at, isKept ? 6 : 4);
        const name = index === 0 ? text(at) : this.#entry(index)[0];
        const header: Header = [name, text(at)];
        if (isKept) this.#keep(header);
        headers.push(header);
      }
    }
    return headers;
  }

  #entry(index: number): Header {
    const entry = index <= fixed.length ? fixed[index - 1] : this.#table[index - fixed.length - 1];
    if (!entry) throw new Error(`HPACK: there is no header ${index}`);
    return entry;
  }

  #keep(header: Header): void {
    this.#table.unshift(header);
    this.#size += sizeOf(header);
    this.#evict();
  }

  #resize(limit: number): void {
    this.#limit = limit;
    this.#evict();
  }

  #evict(): void {
    while (this.#size > this.#limit) {
      const last = this.#table.pop();
      if (!last) return;
      this.#size -= sizeOf(last);
    }
  }
}

export type Header = readonly [name: string, value: string];

interface Position {
  readonly block: Buffer;
  offset: number;
}

const sizeOf = ([name, value]: Header): number => name.length + value.length + 32;

/** In the low `bits` of the first byte, and in more bytes of seven bits when they are all ones. */
function integer(at: Position, bits: number): number {
  const most = 2 ** bits - 1;
  let value = (at.block[at.offset++] ?? 0) & most;
  if (value < most) return value;
  for (let shift = 0; ; shift += 7) {
    const byte = at.block[at.offset++] ?? 0;
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
}

/** One character per byte, so that its length is what the table counts. */
function text(at: Position): string {
  const isPacked = ((at.block[at.offset] ?? 0) & 128) !== 0;
  const length = integer(at, 7);
  const bytes = at.block.subarray(at.offset, (at.offset += length));
  return isPacked ? unpack(bytes) : bytes.toString('latin1');
}

/** Bits per character 0-255, one digit each in base 36: all that is needed to build a canonical Huffman code (appendix B). */
const lengths = Array.from(
  [
    'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6',
    'f56565666577666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn',
    'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq',
  ].join(''),
  (digit) => Number.parseInt(digit, 36),
);

/** By length and code. */
const characters = new Map<string, string>();
for (let length = 1, code = 0; length <= 30; length++, code *= 2) {
  for (const [symbol, bits] of lengths.entries()) {
    if (bits === length) characters.set(`${length}:${code++}`, String.fromCharCode(symbol));
  }
}

function unpack(bytes: Buffer): string {
  let found = '';
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >> bit) & 1);
      const character = characters.get(`${++length}:${code}`);
      if (character === undefined) continue;
      found += character;
      code = length = 0;
    }
  }
  return found; // what is left is padding: fewer than eight ones
}

/** The 61 headers that both sides know from the start (appendix A). */
const fixed: readonly Header[] = [
  ':authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|:status 204',
  ':status 206|:status 304|:status 400|:status 404|:status 500|accept-charset|accept-encoding gzip, deflate',
  'accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control',
  'content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|cookie',
  'date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since',
  'last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after',
  'server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate',
]
  .flatMap((line) => line.split('|'))
  .map((entry) => {
    const [name = '', ...value] = entry.split(' ');
    return [name, value.join(' ')];
  });
