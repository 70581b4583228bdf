import { randomUUID } from 'node:crypto';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { On } from '../decorators.js';
import type { Delivery } from '../delivery.js';
import type { LocalTransaction } from '../local-transaction.js';
import { reply } from '../reply.js';
import type { RocketProducer } from '../rocketmq/rocketmq-producer.js';
import {
  EFFECTS,
  consumerOf,
  echoesOn,
  emit,
  migrations,
  startProducer,
  stepsOn,
  type Started,
  type StepEchoed,
  type StepTaken,
} from './consuming.fixture.js';

const steps = stepsOn('mq-test-ordered-1');
const echoes = echoesOn('mq-test-ordered-2');
const INSERT = 'insert into effect (thing_id, step, event_id) values ($1, $2, $3)';

class StepHandler {
  @On(steps.taken, { group: 'mq-test-1' })
  async take({ thingId, step }: StepTaken, tx: LocalTransaction, { eventId }: Delivery) {
    await tx.query(INSERT, [thingId, step, eventId]);
    return reply(echoes.echoed, { thingId, step });
  }
}

class EchoHandler {
  readonly heard: { readonly echo: StepEchoed; readonly delivery: Delivery }[] = [];
  @On(echoes.echoed, { group: 'mq-test-2' })
  async hear(echo: StepEchoed, _: LocalTransaction, delivery: Delivery) {
    this.heard.push({ echo, delivery });
  }
}

describe('a consumer group', () => {
  let database: TestDatabase;
  let producer: RocketProducer;
  const started: Started[] = [];
  const start = async (options: Parameters<typeof consumerOf>[0]): Promise<Started> => {
    const it = consumerOf(options);
    started.push(it);
    await it.consumer.start();
    return it;
  };

  beforeAll(async () => {
    database = await createDatabase({ migrations, setup: EFFECTS });
    producer = await startProducer([steps.topic.name, echoes.topic.name]);
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map(({ consumer }) => consumer.stop(5_000)));
  });
  afterAll(async () => {
    await producer?.stop();
    await database?.drop();
  });

  it('handles, commits, replies', async () => {
    const echo = new EchoHandler();
    const { pool } = database;
    await start({ pool, producer, handlers: [new StepHandler()], publishes: [echoes] });
    await start({ pool, producer, handlers: [echo] });
    const thingId = randomUUID();
    for (const step of [1, 2, 3]) await emit(producer, steps.taken, { thingId, step });
    await eventually(() => {
      const heard = echo.heard.filter((h) => h.echo.thingId === thingId);
      expect(heard.map((h) => h.echo.step)).toEqual([1, 2, 3]);
    });
    const { rows } = await pool.query('select step from effect where thing_id = $1 order by id', [thingId]);
    expect(rows).toEqual([{ step: 1 }, { step: 2 }, { step: 3 }]);
  });
});
