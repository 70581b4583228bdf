import { gunzipSync } from 'node:zlib';
import type { ReceiveMessageResponse } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { DigestType, Encoding } from './generated.js';

/** An unpacked body may be this large; RocketMQ takes 4 MiB, packed or not. */
const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;

/**
 * The client unpacks bodies in a constructor, for a whole batch at once: one body that is no gzip, or a bomb, would fail the
 * batch again and again and stop its queue for ever. Such a message is marked here so that it arrives as `corrupted`, alone.
 */
export function neutralise(part: ReceiveMessageResponse): ReceiveMessageResponse {
  const message = part.getMessage();
  const system = message?.getSystemProperties();
  if (!message || system?.getBodyEncoding() !== Encoding.GZIP) return part;
  try {
    gunzipSync(message.getBody_asU8(), { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch {
    // The reason would tell nothing that `corrupted` does not; a checksum that cannot match is how the client knows.
    system.setBodyEncoding(Encoding.IDENTITY);
    system.getBodyDigest()?.setType(DigestType.CRC32).setChecksum('unreadable');
  }
  return part;
}
