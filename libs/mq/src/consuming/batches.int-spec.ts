import { randomUUID } from 'node:crypto';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { OnBatch } from '../decorators.js';
import type { Delivery } from '../delivery.js';
import type { LocalTransaction } from '../local-transaction.js';
import { UnprocessableMessageError } from '../mq.errors.js';
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
  type StepTaken,
} from './consuming.fixture.js';

const steps = stepsOn('mq-test-consuming-4');
const echoes = echoesOn('mq-test-consuming-2');
const timings = { retryInLaneMs: 200, parkedAfterMs: 100, parkedAtMostMs: 400, parkedAttempts: 3 };

class BatchHandler {
  readonly batches: (readonly StepTaken[])[] = [];
  check: (batch: readonly StepTaken[]) => void | Promise<void> = () => undefined;

  @OnBatch(steps.taken, { group: 'mq-test-consuming-4', upTo: 20 })
  async take(batch: readonly StepTaken[], tx: LocalTransaction, deliveries: readonly Delivery[]) {
    this.batches.push(batch);
    await this.check(batch);
    await tx.query(
      `insert into effect (thing_id, step, event_id)
       select * from unnest($1::uuid[], $2::int[], $3::text[])`,
      [batch.map(({ thingId }) => thingId), batch.map(({ step }) => step), deliveries.map(({ eventId }) => eventId)],
    );
    return batch.map(({ thingId, step }) => reply(echoes.echoed, { thingId, step }));
  }
}

describe('a batch', () => {
  let database: TestDatabase;
  let producer: RocketProducer;
  let started: Started | undefined;

  const start = async (handler: BatchHandler): Promise<Started> => {
    started = consumerOf({ pool: database.pool, producer, handlers: [handler], publishes: [echoes], timings });
    await started.consumer.start();
    return started;
  };
  const effects = async (things: readonly string[]): Promise<Map<string, number[]>> => {
    const { rows } = await database.pool.query<{ thing_id: string; steps: number[] }>(
      'select thing_id, array_agg(step order by id) as steps from effect where thing_id = any($1) group by thing_id',
      [things],
    );
    return new Map(rows.map((row) => [row.thing_id, row.steps]));
  };
  const stateOf = async (thingId: string): Promise<unknown> => {
    const { rows } = await database.pool.query('select state from mq.parked_message where message_key = $1', [thingId]);
    return rows;
  };
  const count = (log: Started['log'], phrase: string, thingIds: readonly string[]): number =>
    log.lines.filter(
      (line) => line.phrase === phrase && 'key' in line.facts && thingIds.includes(String(line.facts.key)),
    ).length;

  beforeAll(async () => {
    database = await createDatabase({ migrations, setup: EFFECTS });
    producer = await startProducer([steps.topic.name, echoes.topic.name]);
  });
  afterEach(async () => {
    await started?.consumer.stop(3_000);
    started = undefined;
  });
  afterAll(async () => {
    await producer?.stop();
    await database?.drop();
  });

  it('takes several keys in one transaction, never two messages of one, and answers each', async () => {
    const things = Array.from({ length: 30 }, () => randomUUID());
    const handler = new BatchHandler();
    handler.check = () => new Promise((resolve) => setTimeout(resolve, 20));
    const { log } = await start(handler);
    for (const step of [1, 2, 3, 4]) {
      await Promise.all(things.map((thingId) => emit(producer, steps.taken, { thingId, step })));
    }
    await eventually(async () => {
      const found = await effects(things);
      for (const thingId of things) expect(found.get(thingId)).toEqual([1, 2, 3, 4]);
    });
    for (const batch of handler.batches) {
      expect(new Set(batch.map(({ thingId }) => thingId)).size).toBe(batch.length);
      expect(batch.length).toBeLessThanOrEqual(20);
    }
    expect(Math.max(...handler.batches.map(({ length }) => length))).toBeGreaterThan(5);
    await eventually(() => expect(count(log, 'reply sent', things)).toBe(120));
    await eventually(() => expect(count(log, 'message acknowledged', things)).toBe(120));
  });

  it.each([
    ['fails', new Error('a bad one'), 'PARKED'],
    ['is unprocessable', new UnprocessableMessageError('A bad one.'), 'QUARANTINED'],
  ])('with one member that %s hurts none of the others', async (_, error, state) => {
    const things = Array.from({ length: 15 }, () => randomUUID());
    const bad = things[7] ?? '';
    const others = things.filter((thingId) => thingId !== bad);
    const handler = new BatchHandler();
    handler.check = async (batch) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (batch.some(({ thingId }) => thingId === bad)) throw error;
    };
    await start(handler);
    await Promise.all(things.map((thingId) => emit(producer, steps.taken, { thingId, step: 1 })));
    await eventually(async () => {
      const found = await effects(others);
      for (const thingId of others) expect(found.get(thingId)).toEqual([1]);
    });
    await eventually(async () => expect(await stateOf(bad)).toEqual([{ state }]));
    expect(await effects([bad])).toEqual(new Map());
    // It was tried alone before it was judged.
    expect(handler.batches).toContainEqual([expect.objectContaining({ thingId: bad })]);
  });
});
