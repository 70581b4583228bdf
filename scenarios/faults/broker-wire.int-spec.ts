import { expect, test } from '@jest/globals';
import { BrokerUnavailableError } from '@halfway/mq';
import type { OutgoingMessage } from '@halfway/mq/testing';
import { Clients } from '../../test/contract/rocketmq/fixture.js';
import { eventually } from '../../test/support/eventually.js';
import { realBroker } from '../../test/support/real-broker.js';
import { openBrokerWire, type BrokerWire } from './broker-wire.js';

/** The delivered client on the real broker, with nothing but the wire's address. */
let wire: BrokerWire;
const clients = new Clients(() => ({ endpoint: wire.address, requestTimeoutMs: 1_000 }));
beforeEach(async () => {
  wire = await openBrokerWire(realBroker().endpoint);
});
afterEach(async () => {
  wire.heal();
  await clients.stopAll();
  await wire.close();
});

const carrier = 'mq-test-half-2';
const consume = () => clients.consumer({ group: 'mq-test-plain-3', topics: [carrier], ordered: false });
const produce = (asked: string[] = []) =>
  clients.producer({
    topics: [carrier, 'mq-test-plain-3'],
    checkBack: {
      answer: async ({ body }) => {
        const text = body.toString();
        asked.push(text);
        return text.startsWith(clients.run) ? 'commit' : 'rollback';
      },
    },
  });
const message = (topic: string, text: string): OutgoingMessage => ({
  topic,
  body: clients.body(text),
  keys: [],
  properties: {},
});

test('keeps a client on it for all calls: none succeeds once it is cut', async () => {
  const { seen } = await consume();
  const producer = await produce();
  const half = await producer.sendHalf(message(carrier, 'on the wire'));
  await half.commit();
  await eventually(() => expect(seen.map(({ text }) => text)).toEqual(['on the wire']));
  await eventually(() => expect(wire.calls['AckMessage']).toBeGreaterThan(0));
  expect(wire.calls).toMatchObject({ SendMessage: 1, EndTransaction: 1, QueryAssignment: expect.any(Number) });
  expect(wire.open).toBe(1); // the clients of a process share it

  wire.cut();
  const before = { ...wire.bytes };
  await expect(producer.send(message('mq-test-plain-3', 'lost'))).rejects.toThrow(BrokerUnavailableError);
  await expect(producer.sendHalf(message(carrier, 'lost'))).rejects.toThrow(BrokerUnavailableError);
  expect(wire.bytes).toEqual(before);

  wire.heal();
  await eventually(async () => (await producer.sendHalf(message(carrier, 'again'))).commit());
  await eventually(() => expect(seen.map(({ text }) => text)).toContain('again'));
});

test('cuts the client off right after its verdict: the broker has it and delivers', async () => {
  const asked: string[] = [];
  const { seen } = await consume();
  const producer = await produce(asked);
  const half = await producer.sendHalf(message(carrier, 'verdict given'));
  wire.trapCall({ call: 'EndTransaction', topic: carrier, effect: 'answer-lost' });
  await expect(half.commit()).rejects.toThrow(BrokerUnavailableError);
  expect(wire.trapped).toBe(true);
  await eventually(() => expect(seen.map(({ text }) => text)).toContain('verdict given'));
  expect(asked.filter((text) => text.endsWith('verdict given'))).toEqual([]);
});

test('cuts the client off before its verdict: the broker asks', async () => {
  const asked: string[] = [];
  const { seen } = await consume();
  const producer = await produce(asked);
  const half = await producer.sendHalf(message(carrier, 'verdict lost'));
  wire.trapCall({ call: 'EndTransaction', effect: 'never-arrives' });
  await expect(half.commit()).rejects.toThrow(BrokerUnavailableError);
  await eventually(() => expect(asked).toContain(`${clients.run} verdict lost`), { withinMs: 30_000 });
  await eventually(() => expect(seen.map(({ text }) => text)).toContain('verdict lost'));
});
