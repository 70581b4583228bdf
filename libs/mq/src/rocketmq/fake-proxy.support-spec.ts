import { EventEmitter, once } from 'node:events';
import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceError,
} from '@grpc/grpc-js';
import definition from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import grpc from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_grpc_pb.js';
import service from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/service_pb.js';

type Command = InstanceType<typeof service.TelemetryCommand>;
type Stream = ServerDuplexStream<Command, Command>;
type Receive = ServerWritableStream<
  InstanceType<typeof service.ReceiveMessageRequest>,
  InstanceType<typeof service.ReceiveMessageResponse>
>;

/**
 * Speaks enough of the protocol to misbehave on demand: what the real proxy does once in a thousand starts, or only after it
 * lost its memory. Everything else is tested against the real one, in test/contract/rocketmq.
 */
export class FakeProxy extends EventEmitter {
  readonly streams = new Set<Stream>();
  opened = 0;
  settingsSeen = 0;
  receivesBegun = 0;
  assignments = 8;
  /** What a stream does with settings. */
  onSettings: 'answer' | 'ignore first' | 'ignore' | Partial<ServiceError> = 'answer';
  heartbeatCode: number = definition.Code.OK;
  /** What a receive answers; default nothing, for as long as the client waits. */
  onReceive: (call: Receive) => void = () => undefined;
  #server = new Server();
  #port = 0;

  get endpoint(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<this> {
    this.#server = new Server();
    this.#server.addService(grpc.MessagingServiceService, this.#handlers());
    this.#port = await new Promise<number>((resolve, reject) =>
      this.#server.bindAsync(this.endpoint, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
    return this;
  }

  /** As a killed process: connections are reset. The next start takes the same port. */
  kill(): void {
    this.#server.forceShutdown();
    this.streams.clear();
  }

  /** Waits for the next event of that name: `settings`, `stream`, `receive`. */
  async next(event: string): Promise<void> {
    await once(this, event);
  }

  #handlers() {
    const ok = new definition.Status().setCode(definition.Code.OK);
    type Handler<Q, R> = (call: ServerUnaryCall<Q, R>, done: sendUnaryData<R>) => void;
    const queryRoute: Handler<InstanceType<typeof service.QueryRouteRequest>, unknown> = ({ request }, done) =>
      done(
        null,
        new service.QueryRouteResponse()
          .setStatus(ok)
          .setMessageQueuesList([this.#queue(request.getTopic()?.getName() ?? '', 0)]),
      );
    const queryAssignment: Handler<InstanceType<typeof service.QueryAssignmentRequest>, unknown> = (
      { request },
      done,
    ) =>
      done(
        null,
        new service.QueryAssignmentResponse()
          .setStatus(ok)
          .setAssignmentsList(
            [...Array(this.assignments).keys()].map((id) =>
              new definition.Assignment().setMessageQueue(this.#queue(request.getTopic()?.getName() ?? '', id)),
            ),
          ),
      );
    const heartbeat: Handler<unknown, unknown> = (_, done) =>
      done(
        null,
        new service.HeartbeatResponse().setStatus(
          new definition.Status().setCode(this.heartbeatCode as typeof definition.Code.OK),
        ),
      );
    const notifyClientTermination: Handler<unknown, unknown> = (_, done) =>
      done(null, new service.NotifyClientTerminationResponse().setStatus(ok));
    return {
      queryRoute,
      queryAssignment,
      heartbeat,
      notifyClientTermination,
      telemetry: (stream: Stream) => this.#onStream(stream),
      receiveMessage: (call: Receive) => {
        this.receivesBegun++;
        this.emit('receive');
        this.onReceive(call);
      },
    } as unknown as import('@grpc/grpc-js').UntypedServiceImplementation;
  }

  #onStream(stream: Stream): void {
    this.opened++;
    this.streams.add(stream);
    this.emit('stream');
    const gone = (): void => void this.streams.delete(stream);
    stream.on('cancelled', gone);
    stream.on('error', gone);
    stream.on('end', () => {
      gone();
      stream.end();
    });
    stream.on('data', (command: Command) => {
      const settings = command.getSettings();
      if (!settings) return;
      this.settingsSeen++;
      this.emit('settings');
      if (typeof this.onSettings === 'object') return void stream.emit('error', this.onSettings);
      if (this.onSettings === 'ignore') return;
      if (this.onSettings === 'ignore first' && this.settingsSeen === 1) return;
      // The client cannot digest settings without these.
      settings.setBackoffPolicy(
        new definition.RetryPolicy().setMaxAttempts(3).setExponentialBackoff(new definition.ExponentialBackoff()),
      );
      settings.getPublishing()?.setMaxBodySize(4 * 1024 * 1024);
      stream.write(new service.TelemetryCommand().setSettings(settings));
    });
  }

  #queue(topic: string, id: number) {
    const address = new definition.Address().setHost('127.0.0.1').setPort(this.#port);
    const endpoints = new definition.Endpoints().setScheme(definition.AddressScheme.IPV4).setAddressesList([address]);
    return new definition.MessageQueue()
      .setTopic(new definition.Resource().setName(topic))
      .setId(id)
      .setPermission(definition.Permission.READ_WRITE)
      .setBroker(new definition.Broker().setName('fake').setId(0).setEndpoints(endpoints))
      .setAcceptMessageTypesList([definition.MessageType.NORMAL]);
  }
}
