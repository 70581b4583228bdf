import { randomUUID } from 'node:crypto';
import type { Connection } from '@halfway/mq';
import {
  RocketConsumer,
  RocketProducer,
  type LeasedMessage,
  type RocketConsumerOptions,
  type RocketProducerOptions,
} from '@halfway/mq/testing';
import { realBroker } from '../../support/real-broker.js';
import { recordingLog } from '../../support/recording-log.js';

/** One message as a test remembers it. */
export interface Seen {
  readonly text: string;
  readonly group?: string;
  readonly attempt: number;
  readonly atMs: number;
}

/**
 * Clients of one spec file: starts them, and stops what is left after each test. Topics are shared with other tests and
 * earlier runs, so a body begins with this run's own word, and what does not is acknowledged unseen.
 */
export class Clients {
  readonly run = randomUUID().slice(0, 8);
  readonly log = recordingLog();
  readonly #connection: () => Connection;
  readonly #stops: (() => Promise<void>)[] = [];

  constructor(connection: () => Connection = realBroker) {
    this.#connection = connection;
  }

  /** Body of a message that `consume` recognises. */
  body(text: string): Buffer {
    return Buffer.from(`${this.run} ${text}`);
  }

  async producer(options: Omit<RocketProducerOptions, 'connection' | 'log'>): Promise<RocketProducer> {
    const producer = new RocketProducer({ connection: this.#connection(), log: this.log, ...options });
    this.#stops.push(() => producer.stop());
    await producer.start();
    return producer;
  }

  /** Acknowledges everything unless `handle` is given, which then has to. */
  async consumer(
    options: Omit<RocketConsumerOptions, 'connection' | 'log' | 'onMessage'>,
    handle: (text: string, leased: LeasedMessage) => void = (_, leased) => void leased.ack(),
  ): Promise<{ readonly consumer: RocketConsumer; readonly seen: Seen[] }> {
    const seen: Seen[] = [];
    const consumer = new RocketConsumer({
      connection: this.#connection(),
      log: this.log,
      ...options,
      onMessage: (leased) => {
        const [run, ...words] = leased.message.body.toString().split(' ');
        if (run !== this.run) return void leased.ack();
        const text = words.join(' ');
        const { messageGroup: group, attempt } = leased.message;
        seen.push({ text, attempt, atMs: Date.now(), ...(group === undefined ? {} : { group }) });
        handle(text, leased);
      },
    });
    this.#stops.push(() => consumer.stop(500));
    await consumer.start();
    return { consumer, seen };
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#stops.splice(0).map((stop) => stop()));
  }
}
