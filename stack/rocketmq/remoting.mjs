// RocketMQ's own protocol, as far as a few requests need it: a length, a JSON header, a body. For what gRPC cannot be asked: how
// the broker treats a group, who is in the cluster, another number of queues while it runs. Reading the store's JSON files
// instead would show what was written, not what runs.
import { connect } from 'node:net';

/** Request codes of RocketMQ (RequestCode.java). */
export const getAllSubscriptionGroups = 201;
export const getBrokerClusterInfo = 106;
export const updateAndCreateTopic = 17;

/**
 * @param {number} port of the broker on this machine
 * @param {number} code
 * @param {Record<string, string>} [fields] of the request's header
 * @returns {Promise<any>} the answer's body; undefined when it has none
 */
export function ask(port, code, fields = {}, timeoutMs = 3_000) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: timeoutMs });
    /** @type {Buffer[]} */
    const chunks = [];
    const finish = (/** @type {() => void} */ settle) => {
      socket.destroy();
      settle();
    };
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('timeout', () => finish(() => reject(new Error(`The broker did not answer within ${timeoutMs} ms`))));
    socket.on('close', () => reject(new Error('The broker closed the connection')));
    socket.on('connect', () => socket.write(request(code, fields)));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      const frame = Buffer.concat(chunks);
      if (frame.length >= 4 && frame.length >= 4 + frame.readUInt32BE(0)) {
        finish(() => {
          try {
            resolve(answer(frame));
          } catch (error) {
            reject(error);
          }
        });
      }
    });
  });
}

/** @param {number} code @param {Record<string, string>} extFields */
function request(code, extFields) {
  const header = Buffer.from(
    JSON.stringify({
      code,
      language: 'OTHER',
      version: 0,
      opaque: 1,
      flag: 0,
      serializeTypeCurrentRPC: 'JSON',
      extFields,
    }),
  );
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(4 + header.length, 0);
  lengths.writeUInt32BE(header.length, 4); // the high byte says how the header is written; 0 is JSON
  return Buffer.concat([lengths, header]);
}

/** @param {Buffer} frame */
function answer(frame) {
  const headerEnd = 8 + (frame.readUInt32BE(4) & 0xffffff);
  const { code, remark } = JSON.parse(frame.toString('utf8', 8, headerEnd));
  if (code !== 0) throw new Error(`The broker refused: ${code} ${remark}`);
  const body = frame.toString('utf8', headerEnd, 4 + frame.readUInt32BE(0));
  if (body === '') return undefined;
  return JSON.parse(body.replaceAll(/([{,])(\d+):/g, '$1"$2":')); // RocketMQ writes numbers as keys without quotes
}
