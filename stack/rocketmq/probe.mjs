// "Can a client work with it?" asked the way a client asks: a gRPC QueryRoute. RocketMQ's proxy has no gRPC health service, an
// open port proves nothing, and this must run before any package is installed, hence HTTP/2 and protobuf by hand.
import { connect } from 'node:http2';
import { signedHeaders } from './security.mjs';

const gatewayOk = 20000;
/** @type {Record<number, string>} */
const messageTypes = { 1: 'NORMAL', 2: 'FIFO', 3: 'DELAY', 4: 'TRANSACTION' };

/**
 * @param {string} endpoint host:port
 * @param {string} topic
 * @param {{ timeoutMs?: number, credentials?: import('./security.mjs').Credentials }} [options]
 * @returns {Promise<{ ok: boolean, code: number, message: string, types: string[], addresses: string[] }>}
 * @throws when nobody answers
 */
export async function queryRoute(endpoint, topic, { timeoutMs = 3_000, credentials } = {}) {
  const [host = '', port = ''] = endpoint.split(':');
  const request = Buffer.concat([
    bytes(1, bytes(2, topic)),
    bytes(2, Buffer.concat([varint(1, 3), bytes(2, Buffer.concat([bytes(1, host), varint(2, Number(port))]))])),
  ]);
  const response = fields(
    await call(endpoint, '/apache.rocketmq.v2.MessagingService/QueryRoute', request, timeoutMs, credentials),
  );
  const status = fields(response.get(1)?.[0]);
  const queues = (response.get(2) ?? []).map((queue) => fields(queue));
  const code = Number(status.get(1)?.[0] ?? 0);
  return {
    ok: code === gatewayOk,
    code,
    message: String(status.get(2)?.[0] ?? ''),
    types: [...new Set(queues.flatMap((queue) => messageTypesOf(queue.get(5) ?? [])))],
    addresses: [...new Set(queues.flatMap((queue) => addressesOf(queue.get(4)?.[0])))],
  };
}

/** A packed list of enum values, or single ones. @param {(Buffer | number)[]} values */
const messageTypesOf = (values) =>
  values
    .flatMap((value) => (typeof value === 'number' ? [value] : [...value]))
    .map((value) => messageTypes[value] ?? String(value));

/** @param {Buffer | number | undefined} broker */
function addressesOf(broker) {
  const endpoints = fields(fields(broker).get(3)?.[0]);
  return (endpoints.get(2) ?? []).map((address) => {
    const [host, port] = [1, 2].map((field) => String(fields(address).get(field)?.[0]));
    return `${host}:${port}`;
  });
}

/**
 * One unary gRPC call.
 * @param {string} endpoint @param {string} path @param {Buffer} message @param {number} timeoutMs
 * @param {import('./security.mjs').Credentials} [credentials]
 * @returns {Promise<Buffer>}
 */
function call(endpoint, path, message, timeoutMs, credentials) {
  return new Promise((resolve, reject) => {
    const session = connect(`http://${endpoint}`);
    const finish = (/** @type {() => void} */ settle) => {
      clearTimeout(timer);
      session.destroy();
      settle();
    };
    const fail = (/** @type {Error} */ error) => finish(() => reject(error));
    const timer = setTimeout(() => fail(new Error(`${endpoint} did not answer within ${timeoutMs} ms`)), timeoutMs);
    session.on('error', fail);
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'x-mq-client-id': `halfway-stack-${process.pid}`,
      'x-mq-language': 'NODE_JS',
      'x-mq-protocol': 'v2',
      ...(credentials ? signedHeaders(credentials) : {}),
    });
    /** @type {Buffer[]} */
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('error', fail);
    stream.on('end', () => {
      const frame = Buffer.concat(chunks); // one byte "compressed", four bytes length, the message
      if (frame.length < 5) fail(new Error(`${endpoint} answered without a message`));
      else finish(() => resolve(frame.subarray(5)));
    });
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([prefix, message]));
  });
}

/** @param {number} value @returns {Buffer} */
function encode(value) {
  const out = [];
  for (; value > 127; value = Math.floor(value / 128)) out.push((value & 127) | 128);
  return Buffer.from([...out, value]);
}
const varint = (/** @type {number} */ field, /** @type {number} */ value) =>
  Buffer.concat([encode(field << 3), encode(value)]);
const bytes = (/** @type {number} */ field, /** @type {string | Buffer} */ value) => {
  const content = Buffer.from(value);
  return Buffer.concat([encode((field << 3) | 2), encode(content.length), content]);
};

/** A protobuf message by field number. @param {Buffer | number | undefined} message @returns {Map<number, (Buffer | number)[]>} */
function fields(message) {
  /** @type {Map<number, (Buffer | number)[]>} */
  const found = new Map();
  if (!Buffer.isBuffer(message)) return found;
  let at = 0;
  const next = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = next();
    const field = tag >>> 3;
    let value;
    if ((tag & 7) === 0) value = next();
    else if ((tag & 7) === 2) {
      const length = next();
      value = message.subarray(at, (at += length));
    } else break; // no fixed-width field in what we read
    found.set(field, [...(found.get(field) ?? []), value]);
  }
  return found;
}
