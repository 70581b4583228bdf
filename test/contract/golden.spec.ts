import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { inventoryEvents, orderEvents, orderTimeouts, stockReturns } from '@halfway/contracts';
import type { EventToken, Topic } from '@halfway/mq';
import { open, read, seal, toOutgoing } from '@halfway/mq/testing';

/**
 * Golden files: one per message type and version, never edited once released. A version that is still in a broker, a
 * transaction log or a quarantine table must stay readable, so files of older versions stay here for ever.
 */
const FOLDER = new URL('./golden/', import.meta.url);
const orderId = '01938f3e-7a10-7cc1-8a44-3d1f5b0e9a11';
const eventId = '01938f3e-7a11-7000-8000-000000000001';

interface Golden {
  readonly properties: Record<string, string>;
  readonly messageGroup?: string;
  readonly body: Record<string, unknown>;
}

const topics: readonly Topic[] = [orderEvents.topic, inventoryEvents.topic, orderTimeouts.topic, stockReturns.topic];
const events = topics.flatMap((topic) => topic.events);
const fileOf = (type: string, version: number): URL => new URL(`${type}.v${version}.json`, FOLDER);
const golden = (file: URL): Golden => JSON.parse(readFileSync(file, 'utf8')) as Golden;

const samples: Readonly<Record<string, object>> = {
  'order.placed': {
    orderId,
    lines: [
      { sku: 'cup', quantity: 2 },
      { sku: 'tea', quantity: 1 },
    ],
  },
  'order.paid': { orderId, paymentId: 'pay-1' },
  'order.cancelled': { orderId, reason: 'PAYMENT_TIMEOUT' },
  'stock.reserved': { orderId },
  'stock.refused': { orderId, reason: 'tea is short' },
  'stock.released': { orderId },
  'stock.sold': { orderId },
  'stock.returned': { orderId },
  'stock.return': { orderId },
  'order.expiring': { orderId },
};

const sent = (event: EventToken): Golden => {
  const envelope = seal(event, samples[event.type] ?? {}, { id: eventId, source: 'golden' });
  const outgoing = toOutgoing(event.topic, {
    ...envelope,
    attributes: { ...envelope.attributes, time: '2026-01-01T00:00:00.000Z' },
  });
  return {
    properties: { ...outgoing.properties },
    ...(outgoing.messageGroup === undefined ? {} : { messageGroup: outgoing.messageGroup }),
    body: JSON.parse(outgoing.body.toString()) as Record<string, unknown>,
  };
};

describe('golden files', () => {
  it.each(events.map((event) => [event.type, event] as const))(
    '%s goes out exactly as its golden file says',
    (_, event) => {
      const file = fileOf(event.type, event.message.version);
      if (!existsSync(file)) {
        throw new Error(
          `${event.type} has no golden file. Add ${file.pathname.split('/').pop()} with:\n${JSON.stringify(sent(event), null, 2)}`,
        );
      }
      expect(sent(event)).toEqual(golden(file));
    },
  );

  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.json')))('%s can still be read', (name) => {
    const { properties, messageGroup, body } = golden(new URL(name, FOLDER));
    const event = events.find((candidate) => candidate.type === properties['type']);
    if (!event) throw new Error(`No topic has an event "${properties['type']}". A released event is not removed.`);
    const opened = open(event.topic, {
      topic: event.topic.name,
      body: Buffer.from(JSON.stringify({ ...body, aFieldOfTomorrow: true })),
      keys: [],
      properties,
      ...(messageGroup === undefined ? {} : { messageGroup }),
      messageId: 'golden',
      attempt: 1,
      corrupted: false,
    });
    expect(read(opened)).toMatchObject(body);
  });
});
