import {
  BaseClient,
  StatusChecker,
  type Endpoints,
  type ILogger,
  type RpcClientManager,
  type Settings,
} from 'rocketmq-client-nodejs';
import type { MessageQueue } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import { MqError } from '../mq.errors.js';
import { toMqError } from './broker-errors.js';
import { credentialsOf } from './channel.js';
import { clientOptions } from './client-options.js';
import {
  Code,
  HeartbeatRequest,
  MessageType,
  NotifyClientTerminationRequest,
  QueryRouteRequest,
  Resource,
} from './generated.js';
import { Hardened } from './hardened-client.js';
import type { Connection, QueueRoute, TopicDescription, TopicType } from './wire.js';

/** What sends the route queries: any hardened client, running or not. */
export interface RouteSource {
  readonly rpc: Pick<RpcClientManager, 'queryRoute'>;
  getEndpoints(): Endpoints;
}

const TYPES: ReadonlyMap<number, TopicType> = new Map([
  [MessageType.NORMAL, 'NORMAL'],
  [MessageType.FIFO, 'FIFO'],
  [MessageType.DELAY, 'DELAY'],
  [MessageType.TRANSACTION, 'TRANSACTION'],
]);

/**
 * What the broker knows about a topic; an unknown one is no error.
 * @throws BrokerUnavailableError when nobody answered within the request time.
 * @throws ConfigurationError when the broker refuses to answer: credentials, rights.
 */
export async function describeTopic(connection: Connection, topic: string): Promise<TopicDescription> {
  const probe = new Probe(connection);
  try {
    return await describe(probe, topic, connection);
  } catch (error) {
    if (error instanceof MqError && error.code === `MQ_BROKER_${Code.TOPIC_NOT_FOUND}`) {
      return { exists: false, types: new Set(), queues: 0, routes: [] };
    }
    throw error;
  } finally {
    probe.rpc.close();
  }
}

/**
 * Asks for the routes of all topics before the client starts, which shows the real reason of a failure: the client hides it
 * behind "Failed to fetch topic routes after 3 attempts", and that only after 3 s.
 * @throws ConfigurationError naming the first topic that is missing or forbidden.
 * @throws BrokerUnavailableError when nobody answered within the request time.
 */
export async function checkTopics(
  client: RouteSource,
  topics: readonly string[],
  connection: Connection,
): Promise<ReadonlyMap<string, TopicDescription>> {
  const described = await Promise.all(topics.map((topic) => describe(client, topic, connection)));
  return new Map(topics.map((topic, i) => [topic, described[i] as TopicDescription]));
}

async function describe(client: RouteSource, topic: string, connection: Connection): Promise<TopicDescription> {
  const endpoints = client.getEndpoints();
  const request = new QueryRouteRequest().setTopic(new Resource().setName(topic)).setEndpoints(endpoints.toProtobuf());
  try {
    const response = await client.rpc.queryRoute(endpoints, request, connection.requestTimeoutMs ?? 3_000);
    StatusChecker.check(response.getStatus()?.toObject());
    const queues = response.getMessageQueuesList();
    return { exists: true, types: typesOf(queues), queues: queues.length, routes: queues.map(routeOf) };
  } catch (error) {
    throw toMqError(`the route query for topic "${topic}"`, error, 'boot');
  }
}

function typesOf(queues: readonly MessageQueue[]): ReadonlySet<TopicType> {
  const types = queues.flatMap((queue) => queue.getAcceptMessageTypesList().map((type) => TYPES.get(type)));
  return new Set(types.filter((type) => type !== undefined));
}

function routeOf(queue: MessageQueue): QueueRoute {
  const broker = queue.getBroker();
  const addresses = broker?.getEndpoints()?.getAddressesList() ?? [];
  return {
    queue: queue.getId(),
    broker: broker?.getName() ?? '',
    addresses: addresses.map((address) => `${address.getHost()}:${address.getPort()}`),
  };
}

const silent = (): void => undefined;
const SILENT: ILogger = { debug: silent, info: silent, warn: silent, error: silent };

/** A client that is never started: it only signs and sends route queries. */
class Probe extends Hardened(BaseClient) {
  constructor(connection: Connection) {
    super(clientOptions(connection, SILENT));
    this.harden(credentialsOf(connection));
  }

  protected getSettings(): Settings {
    throw new Error('A probe is never started');
  }
  protected wrapHeartbeatRequest() {
    return new HeartbeatRequest();
  }
  protected wrapNotifyClientTerminationRequest() {
    return new NotifyClientTerminationRequest();
  }
}
