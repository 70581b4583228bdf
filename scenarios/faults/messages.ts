import { randomUUID } from 'node:crypto';
import { inventoryEvents, orderEvents, orderTimeouts } from '@halfway/contracts';
import type { EventToken, Fields, Log } from '@halfway/mq';
import { RocketProducer, replyId, seal, toOutgoing, type Envelope, type OutgoingMessage } from '@halfway/mq/testing';
import pg from 'pg';

/** A carrier topic must be listed by one process group only: whoever lists it is asked about half messages. */
const carrier = 'order-events-tx';
const source = 'somebody-else';
const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Messages that the services did not send, or not now: what a broker that repeats, delays and reorders would deliver, and what
 * somebody with access to it could. Sent by a real client.
 */
export class StrayMessages {
  readonly #producer: RocketProducer;

  private constructor(private readonly endpoint: string) {
    const topics = [orderEvents, inventoryEvents, orderTimeouts].map(({ topic }) => topic.name);
    this.#producer = new RocketProducer({ connection: { endpoint }, topics, log: quiet });
  }

  /** @param endpoint of the broker itself, not of a wire */
  static async connect(endpoint: string): Promise<StrayMessages> {
    const messages = new StrayMessages(endpoint);
    await messages.#producer.start();
    return messages;
  }

  close(): Promise<void> {
    return this.#producer.stop();
  }

  /** Any event, e.g. about an order that nobody placed. @returns its id */
  async send<M extends object>(event: EventToken<M>, message: Fields<M>, id: string = randomUUID()): Promise<string> {
    await this.#producer.send(toOutgoing(event.topic, seal(event, message, { id, source })));
    return id;
  }

  /** The events of an order once more, under their own ids, in their order. @returns how many */
  async repeat(orderId: string, { orderDatabaseUrl }: { readonly orderDatabaseUrl: string }): Promise<number> {
    const envelopes = await recorded(orderDatabaseUrl, orderId);
    for (const envelope of envelopes) await this.#producer.send(toOutgoing(orderEvents.topic, envelope));
    return envelopes.length;
  }

  /** Inventory's answer to an event, once more: its id follows from the event's. */
  async repeatReply<M extends object>(event: EventToken<M>, message: Fields<M>, answered: string): Promise<void> {
    const id = replyId(answered, event.type);
    await this.#producer.send(toOutgoing(event.topic, seal(event, message, { id, source, causationId: answered })));
  }

  /** An order's alarm, besides its own: early, late, or the second one. @param afterMs at least 1000, RocketMQ's shortest */
  async alarm(orderId: string, afterMs: number, id: string = randomUUID()): Promise<void> {
    const envelope = seal(orderTimeouts.expiring, { orderId }, { id, source });
    const deliverAt = new Date(Date.now() + Math.max(1_000, afterMs));
    await this.#producer.send({ ...toOutgoing(orderTimeouts.topic, envelope), deliverAt });
  }

  /** The body is no JSON. */
  unreadable(orderId: string): Promise<unknown> {
    return this.#producer.send({ ...this.#placed(orderId), body: Buffer.from('{"orderId":') });
  }

  /** A version that this one does not know, as a service that is ahead of us would send it. */
  unknownVersion(orderId: string): Promise<unknown> {
    const message = this.#placed(orderId);
    return this.#producer.send({ ...message, properties: { ...message.properties, dataversion: '99' } });
  }

  /**
   * A committed half message about a transaction that never was. While it is sent, this client too may be asked about the order
   * service's half messages; it does not know, and the broker asks again.
   */
  async forgeCarrier(transactionId: string): Promise<void> {
    const producer = new RocketProducer({
      connection: { endpoint: this.endpoint },
      topics: [carrier],
      checkBack: { answer: () => Promise.resolve('unknown') },
      log: quiet,
    });
    await producer.start();
    try {
      const body = Buffer.from(JSON.stringify({ version: 1, transactionId }));
      const half = await producer.sendHalf({ topic: carrier, body, keys: [transactionId], properties: {} });
      await half.commit();
    } finally {
      await producer.stop();
    }
  }

  #placed(orderId: string): OutgoingMessage {
    const lines = [{ sku: 'nothing', quantity: 1 }];
    return toOutgoing(orderEvents.topic, seal(orderEvents.placed, { orderId, lines }, { id: randomUUID(), source }));
  }
}

async function recorded(connectionString: string, orderId: string): Promise<readonly Envelope[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string; type: string; data: string; headers: Headers }>(
      `select id, event_type as type, body::text as data, headers from mq.transaction_log
        where message_key = $1 and topic = $2 order by id`,
      [orderId, orderEvents.topic.name],
    );
    return rows.map(({ id, type, data, headers }) => ({
      attributes: { ...headers, specversion: '1.0', id, type, subject: orderId },
      data,
    }));
  } finally {
    await client.end();
  }
}

type Headers = Pick<Envelope['attributes'], 'source' | 'time' | 'dataversion'>;
