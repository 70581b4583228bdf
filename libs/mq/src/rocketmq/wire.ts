/**
 * What the rest of the library sees of RocketMQ. This is no port with several adapters: there is one, in this folder, and
 * tests run against the real broker. It exists so that only this folder has to know the client's types.
 */

/** A message ready for the broker: validated, encoded. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly body: Buffer;
  readonly tag?: string;
  /** Searchable keys: the business key and the event id. */
  readonly keys: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  /** FIFO topics only. */
  readonly messageGroup?: string;
  /** DELAY topics only. */
  readonly deliverAt?: Date;
}

export interface SendReceipt {
  /** Stored by the broker, not consumed by anybody. RocketMQ's other statuses are errors here. */
  readonly status: 'SEND_OK';
  readonly messageId: string;
  /** Attempts it took; above 1 the broker may have it more than once, under one event id. */
  readonly attempts: number;
  /** Position in its message queue. */
  readonly offset?: number;
  /** Delayed messages only: takes the message back, see `Producer.recall`. */
  readonly recallHandle?: string;
}

/** The answer for a half message. */
export type Verdict = 'commit' | 'rollback' | 'unknown';

/** How check-backs are answered. */
export interface CheckBack {
  /** Anything but a verdict, an exception and an answer that is late count as `unknown`: the broker asks again. */
  readonly answer: (message: IncomingMessage) => Promise<Verdict>;
  /** Answers at a time. Default 4. */
  readonly concurrency?: number;
  /** Milliseconds for one answer, the wait for its turn included. Default 3000. */
  readonly timeoutMs?: number;
}

/** Stored by the broker, invisible to consumers until `commit`. */
export interface HalfMessage {
  readonly messageId: string;
  /** Both reject with the cause when the broker did not confirm; the check-back settles the message then. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export interface IncomingMessage {
  readonly topic: string;
  readonly body: Buffer;
  readonly tag?: string;
  readonly keys: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  readonly messageGroup?: string;
  readonly messageId: string;
  /** 1 for the first delivery. */
  readonly attempt: number;
  readonly bornAt?: Date;
  /** The checksum did not match: the body must not be read. */
  readonly corrupted: boolean;
}

/** A message together with our hold on it. The lease is renewed until `ack` or `release`. */
export interface LeasedMessage {
  readonly message: IncomingMessage;
  /** True when the lease could not be renewed: the broker delivers the message again, so don't start work on it. */
  readonly leaseLost: boolean;
  /** Done with it. Failures are retried and then logged: a lost ack means redelivery, nothing else. */
  ack(): Promise<void>;
  /** Gives it back: the broker delivers it again after about `afterMs`. */
  release(afterMs: number): Promise<void>;
}

/** How to reach the cluster. */
export interface Connection {
  /** `host:port` of one proxy or load balancer. */
  readonly endpoint: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
  /** Default false. */
  readonly tls?: boolean;
  /** PEM of a private CA, with `tls`. */
  readonly rootCertificate?: Buffer;
  /** Milliseconds for one request, default 3000. */
  readonly requestTimeoutMs?: number;
}

/** The shape of a pino logger: facts first, then a constant phrase. */
export interface Log {
  debug(facts: object, phrase: string): void;
  info(facts: object, phrase: string): void;
  warn(facts: object, phrase: string): void;
  error(facts: object, phrase: string): void;
}

/** `message.type` of a topic; they exclude one another. */
export type TopicType = 'NORMAL' | 'FIFO' | 'DELAY' | 'TRANSACTION';

/** One message queue of a topic, and where a client reaches it. */
export interface QueueRoute {
  /** Numbered from 0 within its broker. */
  readonly queue: number;
  readonly broker: string;
  /** `host:port` of the proxies that serve it. */
  readonly addresses: readonly string[];
}

export interface TopicDescription {
  readonly exists: boolean;
  readonly types: ReadonlySet<TopicType>;
  readonly queues: number;
  readonly routes: readonly QueueRoute[];
}
