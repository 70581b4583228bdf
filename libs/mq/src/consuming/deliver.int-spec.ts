import { randomUUID } from 'node:crypto';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { On } from '../decorators.js';
import type { Delivery } from '../delivery.js';
import type { LocalTransaction } from '../local-transaction.js';
import { reply } from '../reply.js';
import { deliver, localTransactionsOn, replyId } from '../testing.js';
import { EFFECTS, echoesOn, migrations, stepsOn, type StepTaken } from './consuming.fixture.js';

const steps = stepsOn('never-sent');
const echoes = echoesOn('never-sent-either');

class StepHandler {
  @On(steps.taken, { group: 'any' })
  async take({ thingId, step }: StepTaken, tx: LocalTransaction, delivery: Delivery) {
    if (await tx.firstTime(delivery)) {
      await tx.query('insert into effect (thing_id, step, event_id) values ($1, $2, $3)', [
        thingId,
        step,
        delivery.eventId,
      ]);
    }
    if (step === 13) throw new Error('thirteen');
    if (step === 2) return [reply(echoes.echoed, { thingId, step }), reply(echoes.echoed, { thingId, step })];
    if (step === 0) return reply(echoes.echoed, { thingId: 'no uuid', step });
    return reply(echoes.echoed, { thingId, step });
  }
}

describe('deliver()', () => {
  let database: TestDatabase;
  const count = async (thingId: string): Promise<number> =>
    (await database.pool.query('select 1 from effect where thing_id = $1', [thingId])).rowCount ?? 0;

  beforeAll(async () => {
    database = await createDatabase({ migrations, setup: EFFECTS });
  });
  afterAll(() => database?.drop());

  it('commits the effect and returns the reply; a redelivery changes nothing and returns the same', async () => {
    const localTransactions = localTransactionsOn(database.pool);
    const [thingId, id] = [randomUUID(), randomUUID()];
    const once = await deliver(new StepHandler(), steps.taken, { thingId, step: 1 }, { localTransactions, id });
    const again = await deliver(
      new StepHandler(),
      steps.taken,
      { thingId, step: 1 },
      { localTransactions, id, attempt: 2 },
    );
    expect(await count(thingId)).toBe(1);
    expect(once).toEqual([
      {
        id: replyId(id, 'step.echoed'),
        type: 'step.echoed',
        topic: 'never-sent-either',
        key: thingId,
        causationId: id,
        message: { thingId, step: 1 },
      },
    ]);
    expect(again).toEqual(once);
  });

  it('rolls back and throws when the handler throws', async () => {
    const localTransactions = localTransactionsOn(database.pool);
    const thingId = randomUUID();
    const work = deliver(new StepHandler(), steps.taken, { thingId, step: 13 }, { localTransactions });
    await expect(work).rejects.toThrow('thirteen');
    expect(await count(thingId)).toBe(0);
  });

  it.each([
    [0, 'MQ_INVALID_MESSAGE'],
    [2, 'MQ_REPLY_TWICE'],
  ])('undoes the effect of step %d, because its reply cannot be sent: %s', async (step, code) => {
    const localTransactions = localTransactionsOn(database.pool);
    const thingId = randomUUID();
    const work = deliver(new StepHandler(), steps.taken, { thingId, step }, { localTransactions });
    await expect(work).rejects.toMatchObject({ code });
    expect(await count(thingId)).toBe(0);
  });

  it('names what is missing when the class does not handle the event', async () => {
    const localTransactions = localTransactionsOn(database.pool);
    const work = deliver({}, steps.taken, { thingId: randomUUID(), step: 1 }, { localTransactions });
    await expect(work).rejects.toThrow('does not handle "step.taken". Add @On');
  });
});
