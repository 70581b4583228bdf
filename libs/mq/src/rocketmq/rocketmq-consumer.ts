import type { MessageView, ProcessQueue } from 'rocketmq-client-nodejs';
import type { Filter } from '../filter.js';
import { ConfigurationError } from '../mq.errors.js';
import { AckBatcher } from './ack-batcher.js';
import { toMqError } from './broker-errors.js';
import { DEFAULT_REQUEST_MS } from './channel.js';
import { ClientLog } from './client-log.js';
import { HardenedConsumer } from './hardened-consumer.js';
import { LeaseBook } from './lease-book.js';
import { checkTopics } from './topology-check.js';
import type { Connection, LeasedMessage, Log } from './wire.js';

/** The proxy refuses less than this for a receive (40011). */
export const MIN_LEASE_MS = 10_000;

export interface RocketConsumerOptions {
  readonly connection: Connection;
  readonly group: string;
  readonly topics: readonly string[];
  /** By topic; one that is not named is read whole. */
  readonly filters?: ReadonlyMap<string, Filter>;
  /** What the group must be on the broker: ordered groups get the messages of a queue one batch after the other. */
  readonly ordered: boolean;
  /** Milliseconds of a hold on a message, renewed at half time. Minimum and default 10000. */
  readonly leaseMs?: number;
  /**
   * Called synchronously, for each message once per delivery; in the broker's order for the messages of a queue. The owner
   * schedules, and finally calls `ack` or `release`. If it throws, the message is given back.
   */
  readonly onMessage: (leased: LeasedMessage) => void;
  /** Messages held at most, over all queues. Default 4096; much less is much slower. */
  readonly maxCached?: number;
  readonly log: Log;
}

/** A running client with what is held through it; one per start. */
interface Session {
  readonly client: HardenedConsumer;
  readonly leases: LeaseBook;
  readonly acks: AckBatcher;
}

/** A message that its owner could not take is delivered again after this. */
const AFTER_REFUSAL_MS = 1_000;
/** What closing may take beyond the drain time: giving back (3 s), saying goodbye (2 s). */
const CLOSING_MS = 6_000;

/**
 * Receives and hands out; lanes, retries and batches are its owner's. States: built → started → stopped, and from there started
 * again. Once started it survives the broker: it resumes about 3 s after it is back.
 *
 * At least once, as everywhere: a lease that ran out, a lost ack, a `release` of one message of an ordered queue (those behind
 * it may come again too) and check-backs all lead to another delivery.
 */
export class RocketConsumer {
  readonly #options: RocketConsumerOptions;
  #session: Session | undefined;
  #starting: Promise<void> | undefined;

  /** @throws ConfigurationError for a lease under 10 s */
  constructor(options: RocketConsumerOptions) {
    const { leaseMs = MIN_LEASE_MS } = options;
    if (!(leaseMs >= MIN_LEASE_MS)) {
      throw new ConfigurationError(
        'MQ_LEASE',
        `A lease of ${leaseMs} ms is too short. Choose ${MIN_LEASE_MS} ms or more.`,
      );
    }
    this.#options = options;
  }

  /** For readiness: started, and the last call was answered. */
  get connected(): boolean {
    return this.#session?.client.connected ?? false;
  }

  /** Messages that were handed out and not settled. */
  get held(): number {
    return this.#session?.leases.size ?? 0;
  }

  /**
   * The first messages arrive about a second later. Fails within the request time when nobody answers, within 10 s in any case,
   * and leaves nothing behind.
   * @throws BrokerUnavailableError to be tried again by the owner
   * @throws ConfigurationError for a missing topic or group, a group of the other kind, wrong credentials …
   */
  start(): Promise<void> {
    return (this.#starting ??= this.#start().finally(() => (this.#starting = undefined)));
  }

  async #start(): Promise<void> {
    if (this.#session) return;
    const { connection, topics, group } = this.#options;
    const session = this.#open();
    this.#session = session;
    try {
      await checkTopics(session.client, topics, connection);
      await session.client.startup();
    } catch (error) {
      if (this.#session === session) this.#session = undefined;
      await session.client.shutdown();
      close(session);
      throw toMqError(`the start of consumer group "${group}"`, error, 'boot');
    }
  }

  /**
   * Stops receiving, waits up to `drainMs` until everything held was acked or released, gives the rest back (visible again in
   * 1 s) and closes. Never rejects. A message that was just being received comes again after its lease.
   */
  async stop(drainMs: number): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (!session) return;
    const { client, leases, acks } = session;
    await client.stop(async () => {
      if (await leases.drained(drainMs)) return;
      await leases.releaseRest();
      // A broker that is away takes no ack either, and the client would wait for every message that is not settled.
      acks.close();
    }, drainMs + CLOSING_MS);
    close(session);
  }

  #open(): Session {
    const {
      connection,
      group,
      topics,
      filters,
      ordered,
      leaseMs = MIN_LEASE_MS,
      maxCached = 4096,
      log,
    } = this.#options;
    const queues = new WeakMap<MessageView, ProcessQueue>();
    const client = new HardenedConsumer({
      connection,
      group,
      topics,
      ...(filters ? { filters } : {}),
      ordered,
      leaseMs,
      maxCached,
      logger: new ClientLog(log, { client: 'consumer', group }),
      onViews: (queue, views) => {
        for (const view of views) {
          queues.set(view, queue);
          this.#handOut(session, view);
        }
      },
    });
    const requestMs = connection.requestTimeoutMs ?? DEFAULT_REQUEST_MS;
    const acks = new AckBatcher(group, (to, request) => client.rpc.ackMessage(to, request, requestMs), log);
    const leases = new LeaseBook(
      {
        ack: (view, giveUpAt) => acks.ack(view, giveUpAt),
        extend: (view, ms) => client.extend(view, ms),
        evict: (view) => {
          const queue = queues.get(view);
          if (queue) client.evict(queue, view);
        },
      },
      leaseMs,
      log,
    );
    const session: Session = { client, leases, acks };
    return session;
  }

  #handOut({ client, leases }: Session, view: MessageView): void {
    const lease = leases.add(view);
    // Received while stopping: nobody will work on it here, so somebody else should soon.
    if (client.stopping) return void lease.release(AFTER_REFUSAL_MS);
    try {
      this.#options.onMessage(lease);
    } catch (error) {
      const { group, log } = this.#options;
      log.error({ group, topic: view.topic, messageId: view.messageId, err: error }, 'message not taken, given back');
      void lease.release(AFTER_REFUSAL_MS);
    }
  }
}

function close({ leases, acks }: Session): void {
  leases.close();
  acks.close();
}
