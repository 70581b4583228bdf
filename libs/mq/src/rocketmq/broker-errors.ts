import { status as grpcStatus } from '@grpc/grpc-js';
import { ClientException } from 'rocketmq-client-nodejs';
import { BrokerUnavailableError, ConfigurationError, MessageRefusedError, MqError } from '../mq.errors.js';
import { Code } from './generated.js';

/** `boot`: start and describe, where a refusal means a wrong declaration. `flow`: one message was refused. */
export type Phase = 'boot' | 'flow';

/** What to do about the refusals that have been seen; the numbers are those of the protocol (`Code` in definition.proto). */
const REMEDIES: ReadonlyMap<number, string> = new Map([
  [Code.ILLEGAL_TOPIC, 'Use letters, digits, "-" and "_" in topic names.'],
  [Code.ILLEGAL_CONSUMER_GROUP, 'Use letters, digits, "-" and "_" in group names.'],
  [Code.ILLEGAL_MESSAGE_GROUP, 'Choose a key of 1 to 63 bytes.'],
  [Code.ILLEGAL_INVISIBLE_TIME, 'Choose a lease of 10 s or more.'],
  [Code.ILLEGAL_DELIVERY_TIME, 'Choose a delivery time within the next 24 h.'],
  [Code.MESSAGE_PROPERTY_CONFLICT_WITH_TYPE, 'Declare the topic with the kind that the broker has (message.type).'],
  [Code.UNAUTHORIZED, 'Check the access key and the secret key.'],
  [Code.FORBIDDEN, 'Grant this user the right on the topic and the group.'],
  [Code.TOPIC_NOT_FOUND, 'Add the topic to the topology and provision it before the first start.'],
  [Code.CONSUMER_GROUP_NOT_FOUND, 'Add the group to the topology and provision it before the first start.'],
  [Code.MESSAGE_BODY_TOO_LARGE, 'Send less than 4 MiB.'],
  [Code.MESSAGE_BODY_EMPTY, 'Send a body.'],
]);

/** Codes below 50000 that say "not now" instead of "never", and codes above it that say "never". */
const NOT_NOW = new Set<number>([Code.REQUEST_TIMEOUT, Code.TOO_MANY_REQUESTS]);
const NEVER = new Set<number>([
  Code.NOT_IMPLEMENTED,
  Code.UNSUPPORTED,
  Code.VERSION_UNSUPPORTED,
  Code.VERIFY_FIFO_MESSAGE_UNSUPPORTED,
]);

/**
 * The library's error for whatever the client threw. Only a definite answer of the broker is a refusal; anything that leaves
 * open whether the message was taken is {@link BrokerUnavailableError} with its cause.
 */
export function toMqError(what: string, cause: unknown, phase: Phase = 'flow'): MqError {
  if (cause instanceof MqError) return cause;
  if (phase === 'boot' && isDistrust(cause)) return distrust(what, cause);
  const code = codeOf(cause);
  if (code === undefined || NOT_NOW.has(code) || (code >= 50_000 && !NEVER.has(code))) {
    return new BrokerUnavailableError(what, cause);
  }
  return refusal(code, what, phase, cause);
}

export function refusal(code: number, what: string, phase: Phase, cause?: unknown): MqError {
  const remedy = REMEDIES.get(code) ?? 'Look the code up in definition.proto of rocketmq-apis and correct the message.';
  const text = `The broker refused ${what} (${code}${reasonOf(cause)}). ${remedy}`;
  const options = cause === undefined ? undefined : { cause };
  return phase === 'boot'
    ? new ConfigurationError(`MQ_BROKER_${code}`, text, options)
    : new MessageRefusedError(`MQ_BROKER_${code}`, text, options);
}

/** OpenSSL's words, which gRPC passes on in a text: the proxy is there, and its certificate is not one that we trust for this host. */
function isDistrust(cause: unknown): boolean {
  return cause instanceof Error && /certificate|Hostname\/IP does not match/i.test(cause.message);
}

function distrust(what: string, cause: unknown): ConfigurationError {
  const text = `The proxy's certificate was not trusted for ${what}${reasonOf(cause)}. Give the certificate of its authority as "rootCertificate", and check that it names the host of the endpoint.`;
  return new ConfigurationError('MQ_TLS', text, { cause });
}

/** @returns the protocol's code of a definite answer; undefined for a transport failure and for the client's own errors. */
function codeOf(cause: unknown): number | undefined {
  if (cause instanceof ClientException) return cause.code;
  // The client wraps what made its start fail.
  if (!isGrpcError(cause)) return cause instanceof Error && cause.cause ? codeOf(cause.cause) : undefined;
  switch (cause.code) {
    case grpcStatus.UNAUTHENTICATED:
      return Code.UNAUTHORIZED;
    case grpcStatus.PERMISSION_DENIED:
      return Code.FORBIDDEN;
    case grpcStatus.INVALID_ARGUMENT:
      // The answer to settings that name an unknown group: the telemetry stream ends with it, there is no status message.
      return cause.message.includes('group not found') ? Code.CONSUMER_GROUP_NOT_FOUND : Code.BAD_REQUEST;
    default:
      return undefined;
  }
}

/** Statuses that a stream ends with because of what we asked for; all others may pass. */
export function isRefusal(cause: unknown): boolean {
  return isGrpcError(cause) && codeOf(cause) !== undefined;
}

function isGrpcError(cause: unknown): cause is Error & { readonly code: number } {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'number' && cause.code <= 16;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return '';
  // "[request-id=undefined, response-code=40402] No topic route info ..." repeats the code.
  const [firstLine = ''] = cause.message.replace(/^\[request-id=[^\]]*\] /, '').split('\n');
  return `: ${firstLine}`;
}
