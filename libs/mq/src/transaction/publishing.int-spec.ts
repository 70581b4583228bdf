import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import type { TestDatabase } from '../../../../test/support/database.js';
import { eventually, throughout } from '../../../../test/support/eventually.js';
import { realBroker } from '../../../../test/support/real-broker.js';
import { recordingLog } from '../../../../test/support/recording-log.js';
import type { MqOptions } from '../mq.config.js';
import { RocketConsumer } from '../rocketmq/rocketmq-consumer.js';
import type { IncomingMessage } from '../rocketmq/wire.js';
import { carrierOf } from './carrier.js';
import {
  aThing,
  insertThing,
  logRows,
  serviceOf,
  things,
  thingsDatabase,
  thingsOn,
  type Service,
} from './publishing.fixture.js';

// The whole way through a real broker: half message, verdict or check-back, relay, FIFO topic. Its profile asks back after 1 s.
const topic = thingsOn('mq-test-ordered-7');
/** Nobody repairs anything here: what arrives came by half message and relay. */
const NO_SWEEPER = { resendAfterMs: 600_000, resendAtMostMs: 700_000 };

describe('publishing through the broker', () => {
  let database: TestDatabase;
  let observer: RocketConsumer;
  const arrived: IncomingMessage[] = [];
  let services: Service[];

  const arrivedAt = (key: string): IncomingMessage[] => arrived.filter(({ messageGroup }) => messageGroup === key);
  const stepsOf = (key: string): number[] =>
    arrivedAt(key).map(({ body }) => (JSON.parse(body.toString()) as { step: number }).step);

  const aService = async (options: Partial<MqOptions> = {}): Promise<Service> => {
    const service = serviceOf({
      pool: database.pool,
      publishes: [topic.made],
      connection: realBroker(),
      timings: NO_SWEEPER,
      ...options,
    });
    services.push(service);
    await service.publisher.start();
    return service;
  };

  beforeAll(async () => {
    database = await thingsDatabase();
    observer = new RocketConsumer({
      connection: realBroker(),
      group: 'mq-test-15',
      topics: [topic.topic.name],
      ordered: true,
      log: recordingLog(),
      onMessage: (leased) => {
        arrived.push(leased.message);
        void leased.ack();
      },
    });
    await observer.start();
  });
  afterAll(async () => {
    await observer.stop(1_000);
    await database.drop();
  });
  beforeEach(() => void (services = []));
  afterEach(async () => {
    await Promise.all(services.map(({ publisher }) => publisher.stop()));
  });

  it('delivers what is committed, once, as a CloudEvent with the id of its row, and its verdict is commit', async () => {
    const service = await aService();
    const thing = aThing();
    await service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
    const [message] = await eventually(() => {
      expect(arrivedAt(thing.thingId)).toHaveLength(1);
      return arrivedAt(thing.thingId);
    });
    const [row] = await logRows(database.pool, thing.thingId);
    expect(message?.properties).toMatchObject({
      specversion: '1.0',
      id: row?.id,
      type: 'thing.made',
      subject: thing.thingId,
      source: 'test',
      dataversion: '1',
    });
    expect(JSON.parse(message?.body.toString() ?? '')).toEqual(thing);
    expect(await service.count('mq_verdicts_total', { verdict: 'commit', result: 'sent' })).toBe(1);
    const steps = service.log.lines.map(({ phrase }) => phrase);
    expect(steps).toEqual(
      expect.arrayContaining(['half message sent', 'local transaction committed', 'verdict sent', 'event relayed']),
    );
    expect(row?.attempts).toBe(0);
  });

  it('delivers nothing of what is rolled back', async () => {
    const service = await aService();
    const thing = aThing();
    await expect(
      service.publisher.producer.sendInTransaction(topic.made, thing, () => Promise.reject(new Error('no'))),
    ).rejects.toThrow('no');
    await eventually(async () =>
      expect(await service.count('mq_verdicts_total', { verdict: 'rollback', result: 'sent' })).toBe(1),
    );
    // Longer than a check-back would take.
    await throughout(() => expect(arrivedAt(thing.thingId)).toEqual([]), 4_000);
    expect(await service.count('mq_relays_total')).toBe(0);
  });

  it('keeps the order of one key when each waits for the one before', async () => {
    const service = await aService();
    const { thingId } = aThing();
    for (let step = 1; step <= 5; step++) {
      const thing = { thingId, step };
      await service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
      await eventually(() => expect(stepsOf(thingId)).toHaveLength(step));
    }
    expect(stepsOf(thingId)).toEqual([1, 2, 3, 4, 5]);
  });

  it('delivers every member of a crowd, that shared far fewer half messages', async () => {
    const service = await aService();
    const made = Array.from({ length: 200 }, (_, step) => aThing(step));
    await Promise.all(
      made.map((thing) =>
        service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing)),
      ),
    );
    await eventually(() => expect(made.filter(({ thingId }) => arrivedAt(thingId).length === 0)).toEqual([]));
    expect(await service.count('mq_half_messages_total')).toBeLessThan(60);
  });

  // C7, the scenario lost-commit: killed between COMMIT and verdict.
  it('delivers by check-back when the process dies after COMMIT, the moment another one is there', async () => {
    const dying = await aService({
      reached: (point) => (point === 'publish.after-commit' ? new Promise<void>(() => undefined) : undefined),
    });
    const thing = aThing();
    void dying.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
    await eventually(async () => expect(await things(database.pool, thing.thingId)).toEqual([1]));
    // It answers nothing any more, and relays nothing.
    await dying.publisher.stop();
    const heir = await aService();
    await eventually(() => expect(arrivedAt(thing.thingId)).toHaveLength(1), { withinMs: 30_000 });
    const [answer] = heir.log.of('check-back answered').filter(({ facts }) => facts['verdict'] === 'commit');
    expect(answer).toBeDefined();
    expect(dying.log.of('verdict sent')).toEqual([]);
  });

  it('ends a transaction whose process died before COMMIT: check-back lays the tombstone, nothing arrives', async () => {
    const dying = await aService({
      reached: (point) => (point === 'publish.after-half' ? new Promise<void>(() => undefined) : undefined),
    });
    const thing = aThing();
    void dying.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
    const half = await eventually(() => {
      const [line] = dying.log.of('half message sent');
      if (!line) throw new Error('no half message yet');
      return line;
    });
    const transactionId = half.facts['transactionId'];
    await eventually(
      async () => {
        const { rows } = await database.pool.query(
          'select decision, decided_by from mq.transaction_log where id = $1',
          [transactionId],
        );
        expect(rows).toEqual([{ decision: 'ABORTED', decided_by: 'check-back' }]);
      },
      { withinMs: 30_000 },
    );
    expect(arrivedAt(thing.thingId)).toEqual([]);
  });

  it('is not told apart by the caller when the verdict is lost: check-back repeats it', async () => {
    const service = await aService({
      reached: (point) => {
        if (point === 'publish.before-verdict') throw new Error('the wire broke');
      },
    });
    const thing = aThing();
    await service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
    await eventually(() => expect(arrivedAt(thing.thingId).length).toBeGreaterThan(0), { withinMs: 30_000 });
    expect(await service.count('mq_verdicts_total', { result: 'lost' })).toBe(1);
  });

  describe('the relay', () => {
    it('does nothing for a carrier that is forged, aborted, or about an acknowledged event, and acknowledges it', async () => {
      const service = await aService();
      const thing = aThing();
      await service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
      await eventually(() => expect(arrivedAt(thing.thingId)).toHaveLength(1));
      const [row] = await logRows(database.pool, thing.thingId);
      await service.publisher.localTransactions.run((tx) => service.publisher.acknowledge(tx, [row?.id ?? '']));
      const aborted = v7({ msecs: Date.now() - 60_000 });
      await service.publisher.resolver.resolve(aborted, 'check-back');
      for (const id of [v7(), aborted, row?.transaction_id ?? '', row?.transaction_id ?? '']) {
        await (await service.publisher.broker.sendHalf(carrierOf(topic.topic.carrier ?? '', id))).commit();
      }
      await eventually(async () => expect(await service.count('mq_relays_total', { result: 'nothing' })).toBe(4));
      expect(arrivedAt(thing.thingId)).toHaveLength(1);
    });

    it('relays again what is not acknowledged, with the same id: duplicates only', async () => {
      const service = await aService();
      const thing = aThing();
      await service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
      await eventually(() => expect(arrivedAt(thing.thingId)).toHaveLength(1));
      const [row] = await logRows(database.pool, thing.thingId);
      await (
        await service.publisher.broker.sendHalf(carrierOf(topic.topic.carrier ?? '', row?.transaction_id ?? ''))
      ).commit();
      await eventually(() => expect(arrivedAt(thing.thingId)).toHaveLength(2));
      expect(new Set(arrivedAt(thing.thingId).map(({ properties }) => properties['id']))).toEqual(new Set([row?.id]));
    });

    it('lets go of an unreadable carrier', async () => {
      const service = await aService();
      const half = await service.publisher.broker.sendHalf({
        topic: topic.topic.carrier ?? '',
        body: Buffer.from('?'),
        keys: [randomUUID()],
        properties: {},
      });
      await half.commit();
      await eventually(async () => expect(await service.count('mq_relays_total', { result: 'unreadable' })).toBe(1));
      expect(service.log.of('unreadable carrier message acknowledged')).toHaveLength(1);
    });

    it.each(['relay.before-forward', 'relay.after-forward'])(
      'delivers all the same when it fails at %s: the carrier comes again',
      async (place) => {
        let failures = 0;
        const service = await aService({
          reached: (point) => {
            if (point === place && failures++ === 0) throw new Error('the relay broke');
          },
        });
        const thing = aThing();
        await service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
        const expected = place === 'relay.before-forward' ? 1 : 2;
        await eventually(() => expect(arrivedAt(thing.thingId)).toHaveLength(expected), { withinMs: 30_000 });
        expect(await service.count('mq_relays_total', { result: 'released' })).toBe(1);
      },
    );
  });

  describe('the sweeper', () => {
    it('delivers what went without a half message, and stops when its reply is applied', async () => {
      const timings = { sweepEveryMs: 100, resendAfterMs: 300, resendAtMostMs: 600 };
      const service = await aService({ timings });
      const { broker } = service.publisher;
      await broker.stop();
      const thing = aThing();
      await service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
      expect(service.log.of('broker is down, transactions go on without half messages')).toHaveLength(1);
      await eventually(() => expect(service.log.of('broker is away, events wait in the log')).toHaveLength(1));
      await broker.start();
      await eventually(() => expect(arrivedAt(thing.thingId).length).toBeGreaterThan(2));
      expect(new Set(arrivedAt(thing.thingId).map(({ properties }) => properties['id'])).size).toBe(1);
      const [row] = await logRows(database.pool, thing.thingId);
      await service.publisher.localTransactions.run((tx) => service.publisher.acknowledge(tx, [row?.id ?? '']));
      const [after] = await logRows(database.pool, thing.thingId);
      expect(after).toMatchObject({ next_attempt_at: null });
      const already = service.log.of('event sent again').length;
      await throughout(() => expect(service.log.of('event sent again').length).toBeLessThanOrEqual(already + 1), 1_500);
    });

    it('counts no attempt while the broker is away, so that nothing waits longer than the outage', async () => {
      const timings = { sweepEveryMs: 50, resendAfterMs: 60_000, resendAtMostMs: 120_000 };
      const service = await aService({ timings });
      await service.publisher.broker.stop();
      const made = Array.from({ length: 5 }, () => aThing());
      for (const thing of made) {
        await service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
      }
      await eventually(async () =>
        expect(await service.count('mq_resends_total', { result: 'unavailable' })).toBeGreaterThan(3),
      );
      await service.publisher.broker.start();
      await eventually(() => expect(made.filter(({ thingId }) => arrivedAt(thingId).length !== 1)).toEqual([]));
      for (const { thingId } of made) expect((await logRows(database.pool, thingId))[0]?.attempts).toBe(1);
    });

    it.each(['sweeper.after-select', 'sweeper.after-send'])('loses nothing when it dies at %s', async (place) => {
      const timings = { sweepEveryMs: 50, resendAfterMs: 200, resendAtMostMs: 400 };
      let died = false;
      const service = await aService({
        timings,
        reached: (point) => {
          if (point !== place || died) return;
          died = true;
          throw new Error('the sweeper died');
        },
      });
      const id = await service.publisher.localTransactions.run((tx) => tx.publish(topic.made, aThing()));
      await eventually(() => expect(died).toBe(true));
      await eventually(() =>
        expect(service.log.of('event sent again').some(({ facts }) => facts['eventId'] === id)).toBe(true),
      );
    });
  });

  it('sends what a local transaction published after its commit, without a half message, and nothing after a rollback', async () => {
    const service = await aService();
    const [kept, lost] = [aThing(), aThing()];
    const id = await service.publisher.localTransactions.run((tx) => tx.publish(topic.made, kept));
    await expect(
      service.publisher.localTransactions.run(async (tx) => {
        await tx.publish(topic.made, lost);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await eventually(() => expect(arrivedAt(kept.thingId).map(({ properties }) => properties['id'])).toEqual([id]));
    expect(await logRows(database.pool, lost.thingId)).toEqual([]);
    expect(arrivedAt(lost.thingId)).toEqual([]);
    expect(await service.count('mq_half_messages_total')).toBe(0);
  });

  it('accepts at once while the broker is away, and uses half messages again when it is back', async () => {
    const service = await aService();
    const { producer, broker } = service.publisher;
    const send = async (): Promise<number> => {
      const thing = aThing();
      const startedAt = performance.now();
      await producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
      return performance.now() - startedAt;
    };
    await broker.stop();
    for (let i = 0; i < 20; i++) expect(await send()).toBeLessThan(500);
    expect(await service.count('mq_half_messages_total', { result: 'skipped' })).toBeGreaterThan(15);
    await broker.start();
    await eventually(async () => {
      await send();
      expect(service.log.of('broker is back, half messages are sent again')).toHaveLength(1);
    });
    const before = await service.count('mq_half_messages_total', { result: 'stored' });
    await send();
    expect(await service.count('mq_half_messages_total', { result: 'stored' })).toBe(before + 1);
  });
});
