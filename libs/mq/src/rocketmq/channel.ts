import { ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import type { Connection } from './wire.js';

/** Milliseconds for one request when the connection names none. */
export const DEFAULT_REQUEST_MS = 3000;

/** The client leaves every one of these at gRPC's default, which suits a data centre's own network and nothing else. */
export const CHANNEL_OPTIONS: ChannelOptions = {
  // A half-open TCP connection (pulled cable, frozen proxy) is noticed after 40 s; by default never.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // By default the pause between two attempts to connect grows to 120 s: a minute of errors after a broker is back.
  'grpc.initial_reconnect_backoff_ms': 500,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // 32 messages of 4 MiB are more than the default of 4 MiB for a whole answer.
  'grpc.max_receive_message_length': -1,
};

/** A private CA comes with the connection: the client would only read it from an environment variable. */
export function credentialsOf({ tls, rootCertificate }: Connection): ChannelCredentials {
  return tls ? ChannelCredentials.createSsl(rootCertificate ?? null) : ChannelCredentials.createInsecure();
}
