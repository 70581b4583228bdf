import { afterEach, expect, test } from '@jest/globals';
import { BrokerUnavailableError, type Verdict } from '@halfway/mq';
import type { IncomingMessage, OutgoingMessage, RocketProducer } from '@halfway/mq/testing';
import { eventually } from '../../support/eventually.js';
import { Clients } from './fixture.js';

// One carrier topic and its one producer at a time: check-backs go to any client that listed the topic.
const topic = 'mq-test-ordered-2-tx';
const clients = new Clients();
afterEach(() => clients.stopAll());

const half = (text: string): OutgoingMessage => ({
  topic,
  body: clients.body(text),
  tag: 'order.placed',
  keys: ['key'],
  properties: { id: text },
});
const consume = () => clients.consumer({ group: 'mq-test-plain-3', topics: [topic], ordered: false });
const produce = (answer: (message: IncomingMessage) => Promise<Verdict>, over: object = {}): Promise<RocketProducer> =>
  // What other tests left behind is rolled back; what this run did not ask about must not disturb it.
  clients.producer({
    topics: [topic],
    checkBack: {
      answer: (message) =>
        message.body.toString().startsWith(clients.run) ? answer(message) : Promise.resolve('rollback'),
    },
    ...over,
  });

test('delivers what was committed, and never what was rolled back', async () => {
  const { seen } = await consume();
  const producer = await produce(() => Promise.resolve('unknown'));
  const [rolledBack, committed] = await Promise.all(
    ['1 rolled back', '1 committed'].map((t) => producer.sendHalf(half(t))),
  );
  await rolledBack?.rollback();
  await committed?.commit();
  await eventually(() => expect(seen.map(({ text }) => text)).toContain('1 committed'));
  const later = await producer.sendHalf(half('1 later'));
  await later.commit();
  await eventually(() => expect(seen.map(({ text }) => text)).toContain('1 later'));
  expect(seen.map(({ text }) => text)).not.toContain('1 rolled back');
});

test('asks about a half message without verdict, shows it as it was sent, and obeys', async () => {
  const { seen } = await consume();
  const asked: IncomingMessage[] = [];
  const producer = await produce(async (message) => {
    asked.push(message);
    return message.properties['id'] === '2 wanted' ? 'commit' : 'rollback';
  });
  await producer.sendHalf(half('2 unwanted'));
  const { messageId } = await producer.sendHalf(half('2 wanted'));
  await eventually(() => expect(seen.map(({ text }) => text)).toEqual(['2 wanted']));
  await eventually(() => expect(asked.map(({ properties }) => properties['id'])).toContain('2 unwanted'));
  expect(asked.find(({ properties }) => properties['id'] === '2 wanted')).toMatchObject({
    topic,
    body: clients.body('2 wanted'),
    tag: 'order.placed',
    keys: ['key'],
    messageId,
    corrupted: false,
  });
});

test('asks again when the checker throws, hangs or answers nonsense, and bounds how many are asked at once', async () => {
  const { seen } = await consume();
  const asked = new Map<string, number>();
  let atOnce = 0;
  let most = 0;
  const producer = await clients.producer({
    topics: [topic],
    checkBack: {
      concurrency: 2,
      timeoutMs: 400,
      answer: async ({ body, properties }) => {
        if (!body.toString().startsWith(clients.run)) return 'rollback';
        const id = properties['id'] ?? '';
        const time = (asked.get(id) ?? 0) + 1;
        asked.set(id, time);
        most = Math.max(most, ++atOnce);
        await new Promise(setImmediate);
        atOnce--;
        if (time > 1) return 'commit';
        if (id.endsWith('throws')) throw new Error('no database');
        if (id.endsWith('hangs')) return new Promise<Verdict>(() => undefined);
        // Untyped code could answer so.
        return true as unknown as Verdict;
      },
    },
  });
  const texts = ['3 throws', '3 hangs', '3 nonsense', '3 throws too throws', '3 more nonsense'];
  for (const text of texts) await producer.sendHalf(half(text));
  await eventually(() => expect(new Set(seen.map(({ text }) => text))).toEqual(new Set(texts)), { withinMs: 30_000 });
  expect(Math.min(...asked.values())).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(2);
});

test('lets no more half messages wait for their verdict than it may', async () => {
  await consume();
  const producer = await produce(() => Promise.resolve('rollback'), { maxHalvesInFlight: 2 });
  const [first, second] = await Promise.all([producer.sendHalf(half('4 a')), producer.sendHalf(half('4 b'))]);
  const third = producer.sendHalf(half('4 c'));
  await expect(third).rejects.toBeInstanceOf(BrokerUnavailableError);
  const fourth = producer.sendHalf(half('4 d'));
  await first?.rollback();
  await (await fourth).rollback();
  await second?.rollback();
});

test('gives the outcome of the first verdict for every further one', async () => {
  const producer = await produce(() => Promise.resolve('rollback'));
  const message = await producer.sendHalf(half('5'));
  await Promise.all([message.rollback(), message.rollback(), message.commit()]);
  await producer.stop();
  await expect(producer.sendHalf(half('6'))).rejects.toBeInstanceOf(BrokerUnavailableError);
});
