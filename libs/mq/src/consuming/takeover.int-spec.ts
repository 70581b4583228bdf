import { randomUUID } from 'node:crypto';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { Children } from '../../../../test/contract/rocketmq/child.js';
import { On } from '../decorators.js';
import type { Delivery } from '../delivery.js';
import type { LocalTransaction } from '../local-transaction.js';
import type { RocketProducer } from '../rocketmq/rocketmq-producer.js';
import { EFFECTS, consumerOf, emit, migrations, startProducer, stepsOn, type StepTaken } from './consuming.fixture.js';

const topic = 'mq-test-consuming-5';
const group = 'mq-test-consuming-5';
const steps = stepsOn(topic);

class StepHandler {
  @On(steps.taken, { group })
  async take({ thingId, step }: StepTaken, tx: LocalTransaction, delivery: Delivery) {
    if (!(await tx.firstTime(delivery))) return;
    await tx.query('insert into effect (thing_id, step, event_id) values ($1, $2, $3)', [
      thingId,
      step,
      delivery.eventId,
    ]);
  }
}

/** The same consumer in a process of its own: 20 ms for each step, and a line for each one begun. */
const programOf = (databaseUrl: string): string => `
import pg from 'pg';
import { On } from './decorators.js';
import { consumerOf, startProducer, stepsOn } from './consuming/consuming.fixture.js';
const steps = stepsOn('${topic}');
class StepHandler {
  async take({ thingId, step }, tx, delivery) {
    console.log(thingId);
    if (!(await tx.firstTime(delivery))) return;
    await tx.query('insert into effect (thing_id, step, event_id) values ($1, $2, $3)', [thingId, step, delivery.eventId]);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
On(steps.taken, { group: '${group}' })(StepHandler.prototype, 'take');
const pool = new pg.Pool({ connectionString: ${JSON.stringify(databaseUrl)}, max: 8 });
const producer = await startProducer(['${topic}']);
await consumerOf({ pool, producer, handlers: [new StepHandler()] }).consumer.start();
console.log('started');
`;

describe('a consumer process that is killed in the middle of its work', () => {
  let database: TestDatabase;
  let producer: RocketProducer;
  const children = new Children('all');

  beforeAll(async () => {
    database = await createDatabase({ migrations, setup: EFFECTS });
    producer = await startProducer([topic]);
  });
  afterAll(async () => {
    await children.clear();
    await producer?.stop();
    await database?.drop();
  });

  it('is replaced within its lease: every step once and in order', async () => {
    const child = await children.run(programOf(database.url));
    const survivor = consumerOf({ pool: database.pool, producer, handlers: [new StepHandler()] });
    try {
      await eventually(() => expect(child.lines).toContain('started'));
      const things = Array.from({ length: 24 }, () => randomUUID());
      for (const step of [1, 2, 3, 4, 5]) {
        await Promise.all(things.map((thingId) => emit(producer, steps.taken, { thingId, step })));
      }
      await eventually(() =>
        expect(child.lines.filter((line) => things.some((thing) => thing === line)).length).toBeGreaterThan(12),
      );
      child.process.kill('SIGKILL');
      const killedAt = performance.now();
      await child.ended;
      await survivor.consumer.start();
      await eventually(
        async () => {
          const { rows } = await database.pool.query<{ steps: number[] }>(
            'select array_agg(step order by id) as steps from effect where thing_id = any($1) group by thing_id',
            [things],
          );
          expect(rows.map((row) => row.steps)).toEqual(things.map(() => [1, 2, 3, 4, 5]));
        },
        { withinMs: 20_000 },
      );
      // The lease is 10 s; the rest is the work itself, on a busy machine.
      expect(performance.now() - killedAt).toBeLessThan(13_000);
    } finally {
      await survivor.consumer.stop(3_000);
    }
  });
});
