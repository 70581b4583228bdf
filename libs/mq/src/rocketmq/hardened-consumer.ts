import {
  ConsumeResult,
  ConsumeService,
  PushConsumer,
  FilterExpression,
  StatusChecker,
  type Endpoints,
  type ILogger,
  type MessageQueue,
  type MessageView,
  type ProcessQueue,
} from 'rocketmq-client-nodejs';
import type { Settings } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import type { Filter } from '../filter.js';
import { ConfigurationError } from '../mq.errors.js';
import { credentialsOf } from './channel.js';
import { clientOptions } from './client-options.js';
import { AckMessageResponse, Code, FilterType, Status } from './generated.js';
import { Hardened } from './hardened-client.js';
import type { Connection } from './wire.js';

/** The proxy's minimum (40018 below). Its default of 20 s would be how long an idle long poll outlives a dead consumer. */
const LONG_POLL_MS = 5_000;
/** A receive that is being answered at a stop gets this long; what still waits then is an idle long poll. */
const LAST_ANSWERS_MS = 150;

export type OnViews = (queue: ProcessQueue, views: readonly MessageView[]) => void;

interface Options {
  readonly connection: Connection;
  readonly group: string;
  readonly topics: readonly string[];
  readonly filters?: ReadonlyMap<string, Filter>;
  readonly ordered: boolean;
  readonly leaseMs: number;
  readonly maxCached: number;
  readonly logger: ILogger;
  readonly onViews: OnViews;
}

/**
 * Receives, and nothing else: messages go out through `onViews`, acks and leases are ours. The client's process queues only
 * count what is cached, to stop receiving when it is too much; {@link HardenedConsumer.evict} takes a message off that count.
 */
export class HardenedConsumer extends Hardened(PushConsumer) {
  readonly #options: Options;
  #stopping = false;

  constructor(options: Options) {
    const { connection, group, topics, filters, maxCached, logger } = options;
    super({
      ...clientOptions(connection, logger),
      consumerGroup: group,
      subscriptions: new Map(topics.map((topic) => [topic, expressionOf(filters?.get(topic))])),
      // Divided by the queues, and a full queue sleeps a second: 256 (8 queues, 32 a receive) gave 270 messages/s, 4096 over 1,900.
      maxCacheMessageCount: maxCached,
      messageListener: { consume: () => Promise.resolve(ConsumeResult.FAILURE) }, // never called: see createConsumeService
    });
    this.#options = options;
    this.harden(credentialsOf(connection));
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  /** Order is an attribute of the *group* on the broker; with the wrong kind it is lost without a word, so the start fails. */
  protected override createConsumeService(): ConsumeService {
    const { group, ordered, onViews } = this.#options;
    const isOrdered = this.getPushConsumerSettings().isFifo();
    if (isOrdered !== ordered) {
      throw new ConfigurationError(
        'MQ_GROUP_ORDER',
        `Group "${group}" is ${isOrdered ? '' : 'not '}ordered on the broker, but used ${ordered ? '' : 'not '}ordered. ` +
          `Provision it with consumeMessageOrderly=${ordered}, or use another group.`,
      );
    }
    return new HandOut(this.clientId, onViews);
  }

  override onSettingsCommand(endpoints: Endpoints, settings: Settings): void {
    settings
      .getSubscription()
      ?.getLongPollingTimeout()
      ?.setSeconds(LONG_POLL_MS / 1000)
      .setNanos(0);
    super.onSettingsCommand(endpoints, settings);
  }

  /** Own invisible time and no auto-renewal: see lease.ts. */
  override wrapPushReceiveMessageRequest(
    batch: number,
    queue: MessageQueue,
    filter: FilterExpression,
    pollMs: number,
    attemptId?: string,
  ) {
    const request = this.wrapReceiveMessageRequest(batch, queue, filter, this.#options.leaseMs, pollMs);
    return attemptId ? request.setAttemptId(attemptId) : request;
  }

  /** Once stopping no new receive begins, not even from an assignment scan that was under way; a queue ends by never hearing back. */
  override async receiveMessage(...args: Parameters<PushConsumer['receiveMessage']>): Promise<MessageView[]> {
    if (this.#stopping) return never();
    try {
      return await super.receiveMessage(...args);
    } catch (error) {
      if (this.#stopping) return never();
      throw error;
    }
  }

  /** Not the wire: acks are sent, in batches, before a message is evicted. */
  override ackMessageViaRpc(): Promise<InstanceType<typeof AckMessageResponse>> {
    return Promise.resolve(new AckMessageResponse().setStatus(new Status().setCode(Code.OK)));
  }

  /** For FIFO queues too: with SUCCESS both of the client's ways are the same, and failure would mean the dead-letter topic. */
  evict(queue: ProcessQueue, view: MessageView): void {
    queue.eraseMessage(view, ConsumeResult.SUCCESS);
  }

  /** @returns the new receipt handle, undefined when the one of `view` is not valid any more. */
  async extend(view: MessageView, ms: number): Promise<string | undefined> {
    const request = this.wrapChangeInvisibleDurationRequest(view, ms);
    const response = await this.changeInvisibleDurationViaRpc(view.endpoints, request, this.requestTimeout);
    const status = response.getStatus();
    if (status?.getCode() === Code.INVALID_RECEIPT_HANDLE) return undefined;
    StatusChecker.check(status?.toObject());
    return response.getReceiptHandle() || view.receiptHandle;
  }

  /**
   * Stops receiving now, and closes when `settled` is over: until then acks and releases still get through.
   * Never rejects; `limitMs` bounds it.
   */
  async stop(settled: () => Promise<void>, limitMs: number): Promise<void> {
    this.#stopping = true;
    this.drainFor(limitMs);
    // Drops the queues synchronously, then waits for the receives under way and until every message was evicted.
    const closing = this.shutdown();
    const lastAnswers = setTimeout(() => this.rpc.cancelReceives(), LAST_ANSWERS_MS);
    try {
      await settled();
    } finally {
      await closing;
      clearTimeout(lastAnswers);
    }
  }
}

/** Instead of the client's services, which run one handler per message at once and send a first failure to the dead letters. */
class HandOut extends ConsumeService {
  readonly #onViews: OnViews;

  constructor(clientId: string, onViews: OnViews) {
    super(clientId, { consume: () => Promise.resolve(ConsumeResult.FAILURE) });
    this.#onViews = onViews;
  }

  override consume(queue: ProcessQueue, views: MessageView[]): void {
    this.#onViews(queue, views);
  }
}

function expressionOf(filter: Filter | undefined): FilterExpression | string {
  if (!filter) return '*';
  return new FilterExpression(filter.expression, filter.kind === 'sql' ? FilterType.SQL : FilterType.TAG);
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
