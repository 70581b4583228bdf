import { BrokerUnavailableError, ConfigurationError, MessageRefusedError } from '../mq.errors.js';
import { toMqError } from './broker-errors.js';
import { DEFAULT_REQUEST_MS } from './channel.js';
import { BoundedChecker } from './check-back.js';
import { ClientLog } from './client-log.js';
import { HalfPermits } from './half-permits.js';
import { HardenedProducer } from './hardened-producer.js';
import { toOptions } from './message-mapping.js';
import { checkOutgoing } from './outgoing-check.js';
import { retrying, type Retry } from './retry.js';
import { SendLanes } from './send-lanes.js';
import { checkTopics } from './topology-check.js';
import type {
  CheckBack,
  Connection,
  HalfMessage,
  Log,
  OutgoingMessage,
  SendReceipt,
  TopicDescription,
} from './wire.js';

const ONCE: Retry = { times: 0, withinMs: 0 };

export interface RocketProducerOptions {
  readonly connection: Connection;
  /** Every topic that will be sent to. Exactly one process group may list a transactional topic: it is the one that is asked. */
  readonly topics: readonly string[];
  /** Answers check-backs; without it there are no half messages. */
  readonly checkBack?: CheckBack;
  /** Half messages whose verdict is not sent, at most. Default 64. */
  readonly maxHalvesInFlight?: number;
  readonly log: Log;
}

/**
 * Sends. States: built → started → stopped, and from there started again. Once started it survives the broker: sends fail fast
 * with {@link BrokerUnavailableError} while it is away and work again about 3 s after it is back.
 */
export class RocketProducer {
  readonly #options: RocketProducerOptions;
  readonly #lanes = new SendLanes();
  readonly #halves: HalfPermits;
  #client: HardenedProducer | undefined;
  #starting: Promise<void> | undefined;
  #topics: ReadonlyMap<string, TopicDescription> = new Map();

  constructor(options: RocketProducerOptions) {
    this.#options = options;
    this.#halves = new HalfPermits(
      options.maxHalvesInFlight ?? 64,
      options.connection.requestTimeoutMs ?? DEFAULT_REQUEST_MS,
    );
  }

  /** For readiness: started, and the last call was answered. */
  get connected(): boolean {
    return this.#client?.connected ?? false;
  }

  /**
   * Takes some 100 ms; fails within the request time when nobody answers, within 10 s in any case, and leaves nothing behind.
   * @throws BrokerUnavailableError to be tried again by the owner
   * @throws ConfigurationError for a missing topic, wrong credentials …
   */
  start(): Promise<void> {
    return (this.#starting ??= this.#start().finally(() => (this.#starting = undefined)));
  }

  async #start(): Promise<void> {
    if (this.#client) return;
    const { connection, topics, checkBack, log } = this.#options;
    const logger = new ClientLog(log, { client: 'producer' });
    const checker = checkBack && new BoundedChecker(checkBack, log);
    const client = new HardenedProducer({ connection, topics, logger, ...(checker ? { checker } : {}) });
    this.#client = client;
    try {
      this.#topics = await checkTopics(client, topics, connection);
      await client.startup();
    } catch (error) {
      if (this.#client === client) this.#client = undefined;
      await client.shutdown();
      throw toMqError('the start of the producer', error, 'boot');
    }
  }

  /** Never rejects. What is being sent may fail with {@link BrokerUnavailableError}; half messages are left to the check-back. */
  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#halves.releaseAll();
    await client?.shutdown();
  }

  /**
   * Sends a NORMAL, FIFO or DELAY message, whichever its fields say. Messages of one group go one after the other, in the order
   * of the calls.
   * @param retry default none; the messages of its group wait meanwhile.
   * @throws BrokerUnavailableError when it is open whether the broker took it
   * @throws MessageRefusedError when sending it again would fail again
   * @throws DelayOutOfRangeError
   */
  async send(message: OutgoingMessage, retry: Retry = ONCE): Promise<SendReceipt> {
    const what = `the message for topic "${message.topic}"`;
    const { messageGroup } = message;
    this.#ready(what);
    checkOutgoing(message, false, this.#topics);
    const send = (): Promise<SendReceipt> => retrying(retry, (attempt) => this.#send(message, what, attempt));
    return messageGroup === undefined ? send() : this.#lanes.run(`${message.topic} ${messageGroup}`, send);
  }

  /**
   * Sends a half message. Not retried: after an ambiguous failure the broker may have stored it, and will ask for it.
   * @throws BrokerUnavailableError also when `maxHalvesInFlight` are under way for the whole request time
   */
  async sendHalf(message: OutgoingMessage): Promise<HalfMessage> {
    const what = `the half message for topic "${message.topic}"`;
    if (!this.#options.checkBack) {
      throw new ConfigurationError('MQ_NO_CHECK_BACK', 'This producer cannot answer check-backs. Give it "checkBack".');
    }
    this.#ready(what);
    checkOutgoing(message, true, this.#topics);
    const release = await this.#halves.take(message.topic);
    try {
      const client = this.#ready(what);
      const transaction = client.beginTransaction();
      const { messageId } = await client.send(toOptions(message), transaction);
      return verdictOnce(messageId, transaction, release);
    } catch (error) {
      release();
      throw toMqError(what, error);
    }
  }

  /**
   * Takes a delayed message back, until about a second before its time.
   * @throws MessageRefusedError when it is too late
   */
  async recall(topic: string, recallHandle: string): Promise<void> {
    const what = `the recall of a message of topic "${topic}"`;
    try {
      await this.#ready(what).recall(topic, recallHandle);
    } catch (error) {
      // Both come with 50001, which else means that the broker is in trouble.
      if (error instanceof Error && /recall failed|recall handle is invalid/.test(error.message)) {
        const text = `${what} was refused: it is due, or the handle is none. Let the message come and ignore it.`;
        throw new MessageRefusedError('MQ_RECALL_REFUSED', text, { cause: error });
      }
      throw toMqError(what, error);
    }
  }

  async #send(message: OutgoingMessage, what: string, attempts: number): Promise<SendReceipt> {
    try {
      const { messageId, offset, recallHandle } = await this.#ready(what).send(toOptions(message));
      return { status: 'SEND_OK', messageId, attempts, offset, ...(recallHandle ? { recallHandle } : {}) };
    } catch (error) {
      throw toMqError(what, error);
    }
  }

  #ready(what: string): HardenedProducer {
    const client = this.#client;
    if (!client?.isRunning()) throw new BrokerUnavailableError(what, new Error('the producer is not started'));
    return client;
  }
}

interface Endable {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** The permit comes back when the verdict was sent, however that ended; a second verdict repeats the first one's outcome. */
function verdictOnce(messageId: string, transaction: Endable, release: () => void): HalfMessage {
  let ended: Promise<void> | undefined;
  const end = async (verdict: 'commit' | 'rollback'): Promise<void> => {
    try {
      await transaction[verdict]();
    } catch (error) {
      throw toMqError(`the verdict "${verdict}" of half message ${messageId}`, error);
    } finally {
      release();
    }
  };
  return {
    messageId,
    commit: () => (ended ??= end('commit')),
    rollback: () => (ended ??= end('rollback')),
  };
}
