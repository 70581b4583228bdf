import { portsModule } from '../support/stack.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** From here on a port takes three bytes in protobuf, below it two. */
const threeBytes = 1 << 14;

/** A free port that is as long as the broker's. */
export async function sameLengthPort(port: number): Promise<number> {
  const { freePort } = await portsModule();
  const searchedFrom = 20_000; // the stack's own range
  if (port >= threeBytes) return freePort('wire');
  for (let attempt = 0; attempt < 100; attempt++) {
    const wanted = 10_000 + Math.floor(Math.random() * (threeBytes - 10_000));
    if ((await freePort('wire', wanted)) === wanted) return wanted;
  }
  throw new Error(
    `No free port for a wire between 10000 and ${Math.min(threeBytes, searchedFrom)}. Stop what occupies them.`,
  );
}

/** `Address { host = 1; port = 2 }` of RocketMQ's protobuf. */
export function addressBytes({ host, port }: Address): Buffer {
  const varint =
    port < threeBytes ? [(port & 127) | 128, port >> 7] : [(port & 127) | 128, ((port >> 7) & 127) | 128, port >> 14];
  return Buffer.concat([Buffer.from([0x0a, host.length]), Buffer.from(host), Buffer.from([0x10, ...varint])]);
}

/** Changes every such address in place. */
export function redirect(payload: Buffer, from: Buffer, to: Buffer): void {
  for (let at = payload.indexOf(from); at >= 0; at = payload.indexOf(from, at + from.length)) to.copy(payload, at);
}
