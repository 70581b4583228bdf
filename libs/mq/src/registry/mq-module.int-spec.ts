import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { IsUUID } from 'class-validator';
import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { realBroker } from '../../../../test/support/real-broker.js';
import { recordingLog } from '../../../../test/support/recording-log.js';
import { openBrokerWire } from '../../../../scenarios/faults/broker-wire.js';
import { On } from '../decorators.js';
import type { Delivery } from '../delivery.js';
import type { LocalTransaction } from '../local-transaction.js';
import { message } from '../message.js';
import { mqMigrations } from '../migrations.js';
import { MqModule } from '../mq.module.js';
import type { MqOptions } from '../mq.config.js';
import { Producer } from '../producer.js';
import { reply } from '../reply.js';
import { orderedTopic, plainTopic } from '../topic.js';
import { MqHealth } from './health.js';

class ThingAsked extends message('thing.asked') {
  @IsUUID() readonly thingId: string;
}
class ThingAnswered extends message('thing.answered') {
  @IsUUID() readonly thingId: string;
}
const byThing = (event: { readonly thingId: string }): string => event.thingId;
const asks = orderedTopic('mq-test-module-1', { events: { asked: ThingAsked }, key: byThing, transactional: true });
const answers = orderedTopic('mq-test-module-2', { events: { answered: ThingAnswered }, key: byThing });

@Injectable()
class AskedHandler {
  @On(asks.asked, { group: 'mq-test-module-1' })
  async answer({ thingId }: ThingAsked, tx: LocalTransaction) {
    await tx.query('insert into asked (thing_id) values ($1) on conflict do nothing', [thingId]);
    return reply(answers.answered, { thingId });
  }
}

@Injectable()
class AnsweredHandler {
  readonly deliveries: Delivery[] = [];
  @On(answers.answered, { group: 'mq-test-module-2' })
  async note(_: ThingAnswered, __: LocalTransaction, delivery: Delivery) {
    this.deliveries.push(delivery);
  }
}

const databaseOf = () =>
  createDatabase({
    migrations: mqMigrations,
    setup: ['create table asked (thing_id uuid primary key)', 'grant select, insert on asked to halfway_app'],
  });

describe('two services, each with MqModule', () => {
  const databases: TestDatabase[] = [];
  const apps: TestingModule[] = [];

  const boot = async (handler: new () => object, options: Pick<MqOptions, 'source' | 'publishes'>) => {
    const database = await databaseOf();
    databases.push(database);
    const log = recordingLog();
    const registry = new Registry();

    @Module({
      imports: [
        MqModule.forRootAsync({
          useFactory: () => ({ ...options, connection: realBroker(), pool: database.pool, log, registry }),
        }),
      ],
      providers: [handler],
    })
    class ServiceModule {}

    const app = await Test.createTestingModule({ imports: [ServiceModule] }).compile();
    apps.push(app);
    await app.init();
    return { app, database, log, registry };
  };

  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await Promise.all(databases.map((database) => database.drop()));
  });

  it('carry an event there and its answer back, and retire the event with it', async () => {
    const asked = await boot(AskedHandler, { source: 'answerer', publishes: [answers] });
    const asker = await boot(AnsweredHandler, { source: 'asker', publishes: [asks] });
    const thingId = randomUUID();
    const value = await asker.app
      .get(Producer)
      .sendInTransaction(asks.asked, { thingId }, async () => 'answered at once');
    expect(value).toBe('answered at once');

    await eventually(async () => {
      const { rows } = await asker.database.pool.query(
        'select acknowledged_at is not null as acknowledged from mq.transaction_log where message_key = $1',
        [thingId],
      );
      expect(rows).toEqual([{ acknowledged: true }]);
    });
    const { rows } = await asked.database.pool.query('select 1 from asked where thing_id = $1', [thingId]);
    expect(rows).toHaveLength(1);
    expect(asker.app.get(AnsweredHandler).deliveries.map(({ key }) => key)).toContain(thingId);
    for (const { app } of [asked, asker]) {
      await eventually(async () => expect(await app.get(MqHealth).check()).toMatchObject({ ready: true }));
    }
    expect(asked.log.lines).toContainEqual({
      level: 'info',
      phrase: 'bound',
      facts: {
        event: 'thing.asked',
        topic: 'mq-test-module-1',
        group: 'mq-test-module-1',
        handler: 'AskedHandler.answer',
        batch: undefined,
      },
    });
    expect(await asked.registry.metrics()).toContain('mq_handlings_total{group="mq-test-module-1"');
  });
});

describe('the boot', () => {
  let database: TestDatabase;
  const wrongType = plainTopic('mq-test-ordered-7', { events: { answered: ThingAnswered }, key: byThing });
  const missing = orderedTopic('mq-test-not-there', { events: { asked: ThingAsked }, key: byThing });

  @Injectable()
  class InUnorderedGroup {
    @On(answers.answered, { group: 'mq-test-plain-6' })
    async take(answered: ThingAnswered) {
      void answered;
    }
  }
  @Injectable()
  class OnMissingTopic {
    @On(missing.asked, { group: 'mq-test-module-1' })
    async take(asked: ThingAsked) {
      void asked;
    }
  }

  const boot = async (providers: readonly (new () => object)[], options: Partial<MqOptions> = {}) => {
    const log = recordingLog();
    const app = await Test.createTestingModule({
      imports: [
        MqModule.forRoot({
          source: 'boot',
          connection: realBroker(),
          pool: database.pool,
          publishes: [],
          registry: new Registry(),
          log,
          ...options,
        }),
      ],
      providers: [...providers],
    }).compile();
    return { app, log };
  };

  beforeAll(async () => {
    database = await databaseOf();
  });
  afterAll(async () => {
    await database?.drop();
  });

  it.each([
    [
      'a group that is not ordered on the broker',
      [InUnorderedGroup],
      [],
      'MQ_GROUP_ORDER',
      'consumeMessageOrderly=true',
    ],
    ['a topic that does not exist', [OnMissingTopic], [], 'MQ_TOPIC_MISSING', 'Create it with message.type FIFO'],
    ['a topic of another type', [], [wrongType], 'MQ_TOPIC_TYPE', 'create a topic of type NORMAL'],
    ['a transactional topic without carrier', [], [uncarried()], 'MQ_TOPIC_MISSING', 'message.type TRANSACTION'],
  ])('is refused with %s, and leaves nothing running', async (_, providers, publishes, code, fix) => {
    const { app } = await boot(providers, { publishes });
    await expect(app.init()).rejects.toMatchObject({ code, message: expect.stringContaining(fix) });
    await app.close();
  });

  it('is refused with all problems at once', async () => {
    const { app } = await boot([OnMissingTopic], { publishes: [wrongType] });
    await expect(app.init()).rejects.toMatchObject({
      code: 'MQ_CONFIGURATION',
      message: expect.stringMatching(/MQ_TOPIC_MISSING[^]*MQ_TOPIC_TYPE/),
    });
    await app.close();
  });

  it('is refused with timings that do not fit', async () => {
    await expect(boot([], { timings: { leaseMs: 1_000 } })).rejects.toMatchObject({ code: 'MQ_TIMINGS' });
  });

  it('succeeds while the broker is away: not ready, saying why, and connected when it is back', async () => {
    const wire = await openBrokerWire(realBroker().endpoint);
    wire.cut();
    const endpoint = wire.address;
    const { app } = await boot([AnsweredHandler], { publishes: [asks], connection: { endpoint } });
    try {
      const startedAt = performance.now();
      await app.init();
      expect(performance.now() - startedAt).toBeLessThan(10_000);
      const health = app.get(MqHealth);
      const away = await health.check();
      expect(away.ready).toBe(false);
      expect(away.reason).toMatch(/UNAVAILABLE|No connection|ECONN|timed out/i);
      // Work is accepted meanwhile.
      const thingId = randomUUID();
      const accepted = app.get(Producer).sendInTransaction(asks.asked, { thingId }, async () => 'accepted');
      await expect(accepted).resolves.toBe('accepted');
      wire.heal();
      await eventually(async () => expect(await health.check()).toMatchObject({ ready: true }), { withinMs: 30_000 });
    } finally {
      await app.close();
      await wire.close();
    }
  });
});

function uncarried() {
  // The FIFO topic exists, its carrier does not.
  return orderedTopic('mq-test-few-queues', { events: { asked: ThingAsked }, key: byThing, transactional: true });
}
