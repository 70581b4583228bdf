import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { IsUUID } from 'class-validator';
import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import type { TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { realBroker } from '../../../../test/support/real-broker.js';
import { recordingLog } from '../../../../test/support/recording-log.js';
import type { MqOptions } from '../mq.config.js';
import { BrokerUnavailableError, InvalidMessageError } from '../mq.errors.js';
import { message } from '../message.js';
import { RocketConsumer } from '../rocketmq/rocketmq-consumer.js';
import { transactionalTopic } from '../topic.js';
import { NO_BROKER, serviceOf, thingsDatabase, type Service } from '../transaction/publishing.fixture.js';
import type { BoundCheckBack } from './bound-check-back.js';
import type { AskedHalf } from './half.js';

class Wish extends message('thing.wish') {
  @IsUUID() readonly thingId: string;
}
const wishes = transactionalTopic('mq-test-half-1', { events: { made: Wish }, key: ({ thingId }) => thingId });
const aWish = (): { thingId: string } => ({ thingId: randomUUID() });

/** What a spec answers for its own wishes; those of the specs before are dropped. */
type Answers = Map<string, (half: AskedHalf) => unknown>;

describe('a transactional topic', () => {
  let database: TestDatabase;
  let observer: RocketConsumer;
  let services: Service[];
  const arrived: string[] = [];
  let answers: Answers;
  const asked: AskedHalf[] = [];

  const checkBack: BoundCheckBack = {
    event: wishes.made,
    checkBack: 'spec',
    ask: async (_, half) => {
      asked.push(half);
      const answer = answers.get(half.key);
      return answer ? answer(half) : 'rollback';
    },
  };
  const askedAbout = (key: string): AskedHalf[] => asked.filter((half) => half.key === key);
  const aService = async (options: Partial<MqOptions> = {}): Promise<Service> => {
    const service = serviceOf({ pool: database.pool, publishes: [wishes], connection: realBroker(), ...options });
    services.push(service);
    await service.publisher.start([checkBack]);
    return service;
  };

  beforeAll(async () => {
    database = await thingsDatabase();
    observer = new RocketConsumer({
      connection: realBroker(),
      group: 'mq-test-half-1',
      topics: [wishes.topic.name],
      ordered: false,
      log: recordingLog(),
      onMessage: (leased) => {
        arrived.push(leased.message.properties['subject'] ?? '');
        void leased.ack();
      },
    });
    await observer.start();
  });
  afterAll(async () => {
    await observer.stop(1_000);
    await database.drop();
  });
  beforeEach(() => {
    services = [];
    answers = new Map();
  });
  afterEach(() => Promise.all(services.map(({ publisher }) => publisher.stop())));

  it('delivers what is committed, drops what is rolled back, and counts both verdicts', async () => {
    const service = await aService();
    const { producer } = service.publisher;
    const [dropped, delivered] = [aWish(), aWish()];
    const [first, second] = await Promise.all([
      producer.sendHalf(wishes.made, dropped),
      producer.sendHalf(wishes.made, delivered),
    ]);
    expect(await first.rollback()).toBe('sent');
    expect(await second.commit()).toBe('sent');
    // The first verdict counts: this one is neither sent nor counted.
    expect(await second.rollback()).toBe('sent');
    await eventually(() => expect(arrived).toContain(delivered.thingId));
    expect(arrived).not.toContain(dropped.thingId);
    expect(await service.count('mq_half_messages_total', { topic: 'mq-test-half-1', result: 'stored' })).toBe(2);
    expect(await service.count('mq_verdicts_total', { verdict: 'rollback', result: 'sent' })).toBe(1);
  });

  it('asks about a half message without verdict until it hears one, and shows what was sent', async () => {
    const { publisher } = await aService();
    const wish = aWish();
    answers.set(wish.thingId, ({ attempt }) => (attempt === 1 ? 'unknown' : 'commit'));
    const half = await publisher.producer.sendHalf(wishes.made, wish);
    await eventually(() => expect(arrived).toContain(wish.thingId));
    expect(askedAbout(wish.thingId)[0]).toEqual({
      eventId: half.eventId,
      key: wish.thingId,
      messageId: half.messageId,
      topic: 'mq-test-half-1',
      attempt: 1,
      time: expect.any(Date),
    });
    expect(askedAbout(wish.thingId).length).toBeGreaterThan(1);
  });

  it.each<[string, () => unknown]>([
    ['throws', () => Promise.reject(new Error('no database'))],
    ['answers with a boolean, as untyped code may', () => true],
  ])('is asked again when the check-back %s', async (_, wrong) => {
    const service = await aService();
    const wish = aWish();
    answers.set(wish.thingId, ({ attempt }) => (attempt === 1 ? wrong() : 'commit'));
    await service.publisher.producer.sendHalf(wishes.made, wish);
    await eventually(() => expect(arrived).toContain(wish.thingId));
    expect(service.log.of('check-back failed, left unknown')).not.toEqual([]);
    expect(await service.count('mq_check_backs_total', { verdict: 'unknown' })).toBeGreaterThan(0);
  });

  it('is asked in another process when the one that sent is gone', async () => {
    const sender = await aService();
    const wish = aWish();
    answers.set(wish.thingId, () => 'commit');
    await sender.publisher.producer.sendHalf(wishes.made, wish);
    await sender.publisher.stop();
    await aService();
    await eventually(() => expect(arrived).toContain(wish.thingId));
  });

  it('refuses what is not valid before anything is sent', async () => {
    const { publisher } = await aService();
    const refused = publisher.producer.sendHalf(wishes.made, { thingId: 'no uuid' });
    await expect(refused).rejects.toBeInstanceOf(InvalidMessageError);
  });

  it('lets no more half messages wait for their verdict than it may', async () => {
    const { publisher } = await aService({ maxHalvesInFlight: 1 });
    const first = await publisher.producer.sendHalf(wishes.made, aWish());
    await expect(publisher.producer.sendHalf(wishes.made, aWish())).rejects.toBeInstanceOf(BrokerUnavailableError);
    await first.rollback();
  });

  it('turns callers away at once while the broker is known to be away', async () => {
    const service = await aService({ connection: NO_BROKER });
    const { producer } = service.publisher;
    for (const _ of [1, 2]) {
      await expect(producer.sendHalf(wishes.made, aWish())).rejects.toBeInstanceOf(BrokerUnavailableError);
    }
    expect(await service.count('mq_half_messages_total', { result: 'skipped' })).toBe(1);
  });
});

describe('a decision that a check-back can ask for', () => {
  let database: TestDatabase;
  let service: Service;
  beforeAll(async () => {
    database = await thingsDatabase();
    service = serviceOf({ pool: database.pool, publishes: [], connection: NO_BROKER });
  });
  afterAll(async () => {
    await service.publisher.stop();
    await database.drop();
  });
  const OLD = 60_000;
  const anId = (agoMs = 0): string => v7({ msecs: Date.now() - agoMs });
  const insert = 'insert into thing (thing_id, step) values ($1, 1)';
  const done = async (id: string): Promise<boolean> =>
    (await database.pool.query('select from thing where thing_id = $1', [id])).rowCount === 1;

  it('is COMMITTED with the work, whoever asks and however old', async () => {
    const { localTransactions } = service.publisher;
    const id = anId(OLD);
    const value = await localTransactions.decide(id, async (tx) => (await tx.query(insert, [id])).rowCount);
    expect(value).toBe(1);
    expect(await localTransactions.decisionOf(id)).toBe('COMMITTED');
  });

  it('is unknown while the attempt is young, and ABORTED for good when it is old: a late work dies on it', async () => {
    const { localTransactions } = service.publisher;
    expect(await localTransactions.decisionOf(anId())).toBe('unknown');
    const id = anId(OLD);
    expect(await localTransactions.decisionOf(id)).toBe('ABORTED');
    const late = localTransactions.decide(id, (tx) => tx.query(insert, [id]));
    await expect(late).rejects.toMatchObject({ code: 'MQ_TRANSACTION_FENCED' });
    expect(await done(id)).toBe(false);
  });

  it('is unknown while the work is running, however old it is', async () => {
    const { localTransactions } = service.publisher;
    const id = anId(OLD);
    await localTransactions.decide(id, async (tx) => {
      await tx.query(insert, [id]);
      expect(await localTransactions.decisionOf(id)).toBe('unknown');
    });
    expect(await localTransactions.decisionOf(id)).toBe('COMMITTED');
  });

  it('is aborted on request however young, unless it is committed', async () => {
    const { localTransactions } = service.publisher;
    const [given, kept] = [anId(), anId()];
    expect(await localTransactions.abort(given)).toBe('ABORTED');
    await expect(localTransactions.decide(given, (tx) => tx.query(insert, [given]))).rejects.toMatchObject({
      code: 'MQ_TRANSACTION_FENCED',
    });
    await localTransactions.decide(kept, (tx) => tx.query(insert, [kept]));
    expect(await localTransactions.abort(kept)).toBe('COMMITTED');
  });

  it('leaves nothing of work that throws', async () => {
    const { localTransactions } = service.publisher;
    const id = anId(OLD);
    const failing = localTransactions.decide(id, async (tx) => {
      await tx.query(insert, [id]);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await done(id)).toBe(false);
    expect(await localTransactions.decisionOf(id)).toBe('ABORTED');
  });
});
