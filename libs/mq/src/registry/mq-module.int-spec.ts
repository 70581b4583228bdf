import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { IsUUID } from 'class-validator';
import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { connection, recordingLog } from '../consuming/consuming.fixture.js';
import { On } from '../decorators.js';
import type { Delivery } from '../delivery.js';
import type { LocalTransaction } from '../local-transaction.js';
import { message } from '../message.js';
import { mqMigrations } from '../migrations.js';
import { MqModule } from '../mq.module.js';
import type { MqOptions } from '../mq.config.js';
import { Producer } from '../producer.js';
import { reply } from '../reply.js';
import { orderedTopic } from '../topic.js';
import { MqHealth } from './health.js';

class ThingAsked extends message('thing.asked') {
  @IsUUID() readonly thingId: string;
}
class ThingAnswered extends message('thing.answered') {
  @IsUUID() readonly thingId: string;
}
const byThing = (event: { readonly thingId: string }): string => event.thingId;
const asks = orderedTopic('mq-test-ordered-3', { events: { asked: ThingAsked }, key: byThing, transactional: true });
const answers = orderedTopic('mq-test-ordered-4', { events: { answered: ThingAnswered }, key: byThing });

@Injectable()
class AskedHandler {
  @On(asks.asked, { group: 'mq-test-14' })
  async answer({ thingId }: ThingAsked, tx: LocalTransaction) {
    await tx.query('insert into asked (thing_id) values ($1) on conflict do nothing', [thingId]);
    return reply(answers.answered, { thingId });
  }
}

@Injectable()
class AnsweredHandler {
  readonly deliveries: Delivery[] = [];
  @On(answers.answered, { group: 'mq-test-13' })
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
          useFactory: () => ({ ...options, connection: connection(), pool: database.pool, log, registry }),
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
        topic: 'mq-test-ordered-3',
        group: 'mq-test-14',
        handler: 'AskedHandler.answer',
        batch: undefined,
      },
    });
    expect(await asked.registry.metrics()).toContain('mq_handlings_total{group="mq-test-14"');
  });
});
