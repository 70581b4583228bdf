/** What a broker cannot be made to do on demand: leases that are lost at a chosen moment. PostgreSQL is the real one. */
import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { recordingLog } from '../../../../test/support/recording-log.js';
import { bindingsOf, On } from '../decorators.js';
import { seal, toOutgoing } from '../envelope.js';
import type { LocalTransaction } from '../local-transaction.js';
import { bound } from '../registry/bound.js';
import { subscriptionsOf } from '../registry/subscriptions.js';
import type { LeasedMessage } from '../rocketmq/wire.js';
import { localTransactionsOn } from '../testing.js';
import { Answers } from './answers.js';
import { ConsumingMetrics } from './consuming-metrics.js';
import { EFFECTS, migrations, stepsOn, type StepTaken } from './consuming.fixture.js';
import { GroupConsumer } from './group-consumer.js';
import { Handling } from './handling.js';
import { address } from './held.js';
import { ParkingLot } from './parking-lot.js';

const steps = stepsOn('never-sent');

class StepHandler {
  readonly begun: number[] = [];
  before: (step: number) => Promise<void> | void = () => undefined;

  @On(steps.taken, { group: 'leases' })
  async take({ thingId, step }: StepTaken, tx: LocalTransaction) {
    this.begun.push(step);
    await this.before(step);
    await tx.query('insert into effect (thing_id, step, event_id) values ($1, $2, $3)', [thingId, step, 'any']);
  }
}

class Copy implements LeasedMessage {
  readonly message;
  leaseLost = false;
  outcome: 'none' | 'ack' | 'release' = 'none';

  constructor(
    thingId: string,
    readonly step: number,
  ) {
    const id = randomUUID();
    const sent = toOutgoing(steps.topic, seal(steps.taken, { thingId, step }, { id, source: 'test' }));
    this.message = { ...sent, messageId: id, attempt: 1, corrupted: false };
  }
  async ack(): Promise<void> {
    this.outcome = 'ack';
  }
  async release(): Promise<void> {
    this.outcome = 'release';
  }
}

describe('a group consumer', () => {
  let database: TestDatabase;
  const consumers: GroupConsumer[] = [];

  const consumerOf = (handler: StepHandler, handlerMs = 15_000): GroupConsumer => {
    const [subscription] = subscriptionsOf(bindingsOf(handler).map((binding) => bound(handler, binding)));
    if (!subscription) throw new Error('The handler has one binding.');
    const log = recordingLog();
    const metrics = new ConsumingMetrics(new Registry());
    const handling = new Handling({
      source: 'test',
      publishes: new Set(),
      localTransactions: localTransactionsOn(database.pool),
      acknowledge: async () => undefined,
      handlerMs,
      log,
    });
    const send = () => Promise.reject(new Error('No reply is sent here.'));
    const consumer = new GroupConsumer({
      subscription,
      handling,
      parkingLot: new ParkingLot(database.pool, 'leases', 4_000),
      answers: new Answers({ group: 'leases', send, metrics, log }),
      concurrency: 4,
      retryInLaneMs: 100,
      parkedAfterMs: 60_000,
      metrics,
      log,
    });
    consumers.push(consumer);
    return consumer;
  };

  beforeAll(async () => {
    database = await createDatabase({ migrations, setup: EFFECTS });
  });
  afterEach(() => Promise.all(consumers.splice(0).map((consumer) => consumer.stop(1_000))));
  afterAll(() => database?.drop());

  it('begins nothing on a lost lease, and gives back what waited behind it, which must not go ahead', async () => {
    const thingId = randomUUID();
    const handler = new StepHandler();
    let go: () => void = () => undefined;
    handler.before = (step) => (step === 1 ? new Promise<void>((resolve) => (go = resolve)) : undefined);
    const consumer = consumerOf(handler);
    const copies = [1, 2, 3].map((step) => new Copy(thingId, step));
    for (const copy of copies) consumer.receive(copy);
    await eventually(() => expect(handler.begun).toEqual([1]));
    if (copies[1]) copies[1].leaseLost = true;
    go();
    await eventually(() => expect(copies.map(({ outcome }) => outcome)).toEqual(['ack', 'none', 'release']));
    expect(handler.begun).toEqual([1]);
    // What the broker delivers again is handled.
    const again = [2, 3].map((step) => new Copy(thingId, step));
    for (const copy of again) consumer.receive(copy);
    await eventually(() => expect(again.map(({ outcome }) => outcome)).toEqual(['ack', 'ack']));
    expect(handler.begun).toEqual([1, 2, 3]);
  });

  it('parks nothing on a lost lease: somebody else has the message by now', async () => {
    const handler = new StepHandler();
    const copy = new Copy(randomUUID(), 1);
    handler.before = () => {
      copy.leaseLost = true;
      throw new Error('too late');
    };
    consumerOf(handler).receive(copy);
    await eventually(() => expect(handler.begun.length).toBeGreaterThan(0));
    await consumers[0]?.stop(1_000);
    expect(copy.outcome).not.toBe('ack');
    expect((await database.pool.query('select 1 from mq.parked_message')).rowCount).toBe(0);
  });

  it('does not wait for ever for a handler: over its time it is rolled back, and parked in the end', async () => {
    const thingId = randomUUID();
    const handler = new StepHandler();
    handler.before = () => new Promise(() => undefined);
    const copy = new Copy(thingId, 1);
    consumerOf(handler, 50).receive(copy);
    await eventually(() => expect(copy.outcome).toBe('ack'));
    const { rows } = await database.pool.query('select state, code from mq.parked_message where message_key = $1', [
      thingId,
    ]);
    expect(rows).toEqual([{ state: 'PARKED', code: 'MQ_HANDLER_TIMEOUT' }]);
    expect((await database.pool.query('select 1 from effect where thing_id = $1', [thingId])).rowCount).toBe(0);
  });

  it('keeps what is parked for a key findable, however parking and healing interleave', async () => {
    const lot = new ParkingLot(database.pool, 'interleaved', 4_000);
    const handler = new StepHandler();
    const [subscription] = subscriptionsOf(bindingsOf(handler).map((binding) => bound(handler, binding)));
    if (!subscription) throw new Error('The handler has one binding.');
    const key = randomUUID();
    let parked = 0;
    const park = async (): Promise<void> => {
      for (let step = 1; step <= 60; step++) {
        const copy = new Copy(key, step);
        await lot.park(key, copy.message, address(subscription, copy.message), 0);
        parked++;
      }
    };
    let healed = 0;
    let parking = true;
    const heal = async (): Promise<void> => {
      while (parking || healed < parked) {
        const row = await lot.head(key, 60_000);
        if (row) {
          await lot.done(row.id);
          healed++;
        } else {
          await lot.dropKeyIfEmpty(key);
          // A message without its key is never found again.
          const { rows } = await database.pool.query(
            `select 1 from mq.parked_message m where m.message_key = $1 and m.state = 'PARKED'
               and not exists (select from mq.parked_key k where k.message_key = m.message_key)`,
            [key],
          );
          expect(rows).toEqual([]);
        }
      }
    };
    await Promise.all([park().finally(() => (parking = false)), heal()]);
    expect(healed).toBe(60);
  });

  it('leaves a key parked that gets a message in the moment in which it seems empty', async () => {
    const lot = new ParkingLot(database.pool, 'interleaved', 4_000);
    const key = randomUUID();
    const other = await database.owner.connect();
    try {
      await other.query(`insert into mq.parked_key values ('interleaved', $1, clock_timestamp())`, [key]);
      // What park() does in one statement, held open in its middle.
      await other.query('begin');
      await other.query(
        `update mq.parked_key set next_attempt_at = next_attempt_at where consumer_group = 'interleaved' and message_key = $1`,
        [key],
      );
      const dropped = lot.dropKeyIfEmpty(key);
      await eventually(async () => {
        const { rows } = await database.pool.query(
          `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        );
        expect(rows).toHaveLength(1);
      });
      await other.query(
        `insert into mq.parked_message (consumer_group, message_key, state, topic, event_id, message_id, keys, properties, body,
           body_bytes, corrupted, deliveries)
         values ('interleaved', $1, 'PARKED', 't', $1, 'm', '[]', '{}', '', 0, false, 1)`,
        [key],
      );
      await other.query('commit');
      await dropped;
    } finally {
      other.release();
    }
    const { rowCount } = await database.pool.query('select 1 from mq.parked_key where message_key = $1', [key]);
    expect(rowCount).toBe(1);
  });
});
