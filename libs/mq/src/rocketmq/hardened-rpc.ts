import { EventEmitter } from 'node:events';
import type { ChannelCredentials, ClientDuplexStream, Metadata, ServiceError } from '@grpc/grpc-js';
import { RpcClientManager, type BaseClient, type Endpoints, type ILogger } from 'rocketmq-client-nodejs';
import type { MessagingServiceClient as Stub } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import type { Assignment } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type {
  HeartbeatRequest,
  HeartbeatResponse,
  ReceiveMessageResponse as ReceivedPart,
  TelemetryCommand,
} from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';
import { CHANNEL_OPTIONS } from './channel.js';
import { Code, MessagingServiceClient, NotifyClientTerminationResponse } from './generated.js';
import { neutralise } from './poison.js';

export type TelemetryStream = ClientDuplexStream<TelemetryCommand, TelemetryCommand>;

/** What the RPC layer needs of the client it serves; all of it is public there. */
interface Host {
  getRequestMetadata(): Metadata;
  telemetry(endpoints: Endpoints, command: TelemetryCommand): void;
  settingsCommand(): TelemetryCommand;
}

type Unary<Q, R> = (
  request: Q,
  metadata: Metadata,
  options: { readonly deadline: number },
  done: (error: ServiceError | null, response: R) => void,
) => unknown;

/** Request and response of a method of the replaced class. */
type Of<K extends keyof RpcClientManager> = RpcClientManager[K] extends (
  endpoints: Endpoints,
  request: infer Q,
  durationMs: number,
) => Promise<infer R>
  ? { readonly request: Q; readonly response: R }
  : never;

/** A termination that waits longer helps nobody: the proxy forgets the client by itself. */
const TERMINATION_MS = 2_000;

/**
 * Replaces the client's RPC layer. Hazards it closes:
 * - the client keys channels by object identity: one more every 30 s, a TLS connection each. Here: one per address.
 * - no keepalive, 120 s of reconnect back-off, answers limited to 4 MiB: see channel.ts.
 * - a proxy that forgot our settings says so in the heartbeat's status, which nobody reads: sent again here.
 * - after close() a late timer of the client would open a new channel and keep the process alive: refused here.
 * - a termination that fails makes shutdown() reject: best effort here.
 */
export class HardenedRpc extends RpcClientManager {
  readonly #stubs = new Map<string, Stub>();
  readonly #receives = new Set<{ cancel(): void }>();
  readonly #host: Host;
  readonly #log: ILogger;
  readonly #credentials: ChannelCredentials;
  #closed = false;
  #reachable = false;

  constructor(host: BaseClient, log: ILogger, credentials: ChannelCredentials) {
    super(host, log);
    this.#host = host;
    this.#log = log;
    this.#credentials = credentials;
  }

  /** Whether the last call was answered, however it was answered. */
  get reachable(): boolean {
    return this.#reachable && !this.#closed;
  }

  /** For streams, whose fate is seen elsewhere. */
  set reachable(value: boolean) {
    this.#reachable = value;
  }

  override queryRoute(endpoints: Endpoints, request: Of<'queryRoute'>['request'], durationMs: number) {
    return this.#call('queryRoute', endpoints, request, durationMs);
  }
  override sendMessage(endpoints: Endpoints, request: Of<'sendMessage'>['request'], durationMs: number) {
    return this.#call('sendMessage', endpoints, request, durationMs);
  }

  /**
   * One queue per broker. For an ordered group the proxy assigns every queue, the client polls for each of them, and each of these
   * polls takes messages of *all* queues of its broker. What the others add: each poll that a dead client left behind takes a
   * message once for nobody, which costs it a second and one of its attempts; and the cache is divided by their number.
   */
  override async queryAssignment(endpoints: Endpoints, request: Of<'queryAssignment'>['request'], durationMs: number) {
    const response = await this.#call('queryAssignment', endpoints, request, durationMs);
    const byBroker = new Map<string, Assignment>();
    for (const assignment of response.getAssignmentsList()) {
      const broker = assignment.getMessageQueue()?.getBroker()?.getName() ?? '';
      if (!byBroker.has(broker)) byBroker.set(broker, assignment);
    }
    return response.setAssignmentsList([...byBroker.values()]);
  }

  override ackMessage(endpoints: Endpoints, request: Of<'ackMessage'>['request'], durationMs: number) {
    return this.#call('ackMessage', endpoints, request, durationMs);
  }
  override changeInvisibleDuration(
    endpoints: Endpoints,
    request: Of<'changeInvisibleDuration'>['request'],
    durationMs: number,
  ) {
    return this.#call('changeInvisibleDuration', endpoints, request, durationMs);
  }
  override endTransaction(endpoints: Endpoints, request: Of<'endTransaction'>['request'], durationMs: number) {
    return this.#call('endTransaction', endpoints, request, durationMs);
  }
  override recallMessage(endpoints: Endpoints, request: Of<'recallMessage'>['request'], durationMs: number) {
    return this.#call('recallMessage', endpoints, request, durationMs);
  }

  override async heartbeat(endpoints: Endpoints, request: HeartbeatRequest, ms: number): Promise<HeartbeatResponse> {
    const response = await this.#call('heartbeat', endpoints, request, ms);
    const code = response.getStatus()?.getCode();
    if (code !== Code.OK) {
      this.#log.warn('heartbeat answered %s: sending the settings again', code);
      this.#host.telemetry(endpoints, this.#host.settingsCommand());
    }
    return response;
  }

  override async receiveMessage(endpoints: Endpoints, request: Of<'receiveMessage'>['request'], durationMs: number) {
    const deadline = Date.now() + durationMs;
    const call = this.#stub(endpoints).receiveMessage(request, this.#host.getRequestMetadata(), { deadline });
    this.#receives.add(call);
    const parts: ReceivedPart[] = [];
    try {
      for await (const part of call) {
        // The generated stub types its streams' elements as unknown.
        parts.push(neutralise(part as ReceivedPart));
      }
      this.#reachable = true;
      return parts;
    } catch (error) {
      // What arrived before the connection broke is ours for a lease: dropped, it would block its queue that long.
      if (parts.some((part) => part.hasMessage())) return parts;
      throw error;
    } finally {
      this.#receives.delete(call);
    }
  }

  /** Ends the long polls under way; the proxy makes what it took for them visible again after a second. */
  cancelReceives(): void {
    for (const call of this.#receives) call.cancel();
  }

  override telemetry(endpoints: Endpoints, metadata: Metadata): TelemetryStream {
    if (this.#closed) return inertStream();
    try {
      return this.#stub(endpoints).telemetry(metadata);
    } catch (error) {
      // Thrown inside of the client's timer it would end the process; as a stream error the client tries again in a second.
      const stream = inertStream();
      setImmediate(() => stream.emit('error', error));
      return stream;
    }
  }

  override async notifyClientTermination(
    endpoints: Endpoints,
    request: Of<'notifyClientTermination'>['request'],
    durationMs: number,
  ) {
    try {
      return await this.#call('notifyClientTermination', endpoints, request, Math.min(durationMs, TERMINATION_MS));
    } catch (error) {
      this.#log.warn('termination was not announced: %s', error);
      return new NotifyClientTerminationResponse();
    }
  }

  override close(): void {
    this.#closed = true;
    super.close();
    this.cancelReceives();
    for (const stub of this.#stubs.values()) stub.close();
    this.#stubs.clear();
  }

  #stub(endpoints: Endpoints): Stub {
    if (this.#closed) throw new Error('The client is closed');
    let stub = this.#stubs.get(endpoints.facade);
    if (!stub) {
      stub = new MessagingServiceClient(endpoints.getGrpcTarget(), this.#credentials, CHANNEL_OPTIONS);
      this.#stubs.set(endpoints.facade, stub);
    }
    return stub;
  }

  async #call<K extends keyof RpcClientManager & keyof Stub>(
    name: K,
    endpoints: Endpoints,
    request: Of<K>['request'],
    durationMs: number,
  ): Promise<Of<K>['response']> {
    const stub = this.#stub(endpoints);
    // The stub's overloads of a unary method cannot be chosen by a generic name; this is the one with metadata and options.
    const method = stub[name] as unknown as Unary<Of<K>['request'], Of<K>['response']>;
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + durationMs;
      method.call(stub, request, this.#host.getRequestMetadata(), { deadline }, (error, response) => {
        this.#reachable = error === null;
        if (error) reject(error);
        else resolve(response);
      });
    });
  }
}

/** Swallows what is written: a client that is closed may still have a timer that reopens its stream. */
export function inertStream(): TelemetryStream {
  // The session uses these five methods only; a whole duplex stream would need a transport.
  return Object.assign(new EventEmitter(), {
    write: () => true,
    end: () => undefined,
    cancel: () => undefined,
  }) as unknown as TelemetryStream;
}
