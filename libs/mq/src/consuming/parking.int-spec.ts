import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { openPostgresWire } from '../../../../scenarios/faults/postgres-wire.js';
import { On } from '../decorators.js';
import type { Delivery } from '../delivery.js';
import { seal, toOutgoing } from '../envelope.js';
import type { LocalTransaction } from '../local-transaction.js';
import { UnprocessableMessageError } from '../mq.errors.js';
import type { RocketProducer } from '../rocketmq/rocketmq-producer.js';
import type { OutgoingMessage } from '../rocketmq/wire.js';
import {
  EFFECTS,
  consumerOf,
  emit,
  migrations,
  startProducer,
  stepsOn,
  type StartOptions,
  type Started,
  type StepTaken,
} from './consuming.fixture.js';
import { Quarantine } from './quarantine.js';

const steps = stepsOn('mq-test-consuming-3');
const group = 'mq-test-consuming-3';
const INSERT = {
  name: 'insert_effect',
  text: 'insert into effect (thing_id, step, event_id) values ($1, $2, $3)',
};
/** Quick, so that a test sees the whole way in a few seconds. */
const timings = { retryInLaneMs: 200, parkedAfterMs: 100, parkedAtMostMs: 400, parkedAttempts: 4 };

class StepHandler {
  /** What to do before the effect; throws to fail. */
  check: (step: StepTaken, delivery: Delivery) => void | Promise<void> = () => undefined;
  runs = 0;

  @On(steps.taken, { group })
  async take(step: StepTaken, tx: LocalTransaction, delivery: Delivery) {
    this.runs++;
    await this.check(step, delivery);
    if (await tx.firstTime(delivery)) await tx.query(INSERT, [step.thingId, step.step, delivery.eventId]);
  }
}

describe('a parking lot', () => {
  let database: TestDatabase;
  let producer: RocketProducer;
  let quarantine: Quarantine;
  const started: Started[] = [];

  const start = async (handler: StepHandler, options: Partial<StartOptions> = {}): Promise<Started> => {
    const it = consumerOf({ pool: database.pool, producer, handlers: [handler], timings, ...options });
    started.push(it);
    await it.consumer.start();
    return it;
  };
  const stopAll = (): Promise<unknown> => Promise.all(started.splice(0).map(({ consumer }) => consumer.stop(3_000)));
  const effectsOf = async (thingId: string): Promise<number[]> => {
    const { rows } = await database.pool.query<{ step: number }>(
      'select step from effect where thing_id = $1 order by id',
      [thingId],
    );
    return rows.map(({ step }) => step);
  };
  const rowsOf = async (key: string): Promise<string[]> => {
    const { rows } = await database.pool.query<{ state: string }>(
      'select state from mq.parked_message where message_key = $1 order by id',
      [key],
    );
    return rows.map(({ state }) => state);
  };
  const isParked = async (key: string): Promise<boolean> => {
    const { rowCount } = await database.pool.query('select 1 from mq.parked_key where message_key = $1', [key]);
    return rowCount === 1;
  };
  const take = (thingId: string, step: number): Promise<string> => emit(producer, steps.taken, { thingId, step });

  beforeAll(async () => {
    database = await createDatabase({ migrations, setup: EFFECTS });
    producer = await startProducer([steps.topic.name]);
    quarantine = new Quarantine(database.pool, 4_000);
  });
  afterEach(stopAll);
  afterAll(async () => {
    await producer?.stop();
    await database?.drop();
  });

  it('keeps a sick key in order, heals it in order, also in another process, and is left behind', async () => {
    const thingId = randomUUID();
    const sick = new StepHandler();
    // Only the first step is sick: the others could go on, and must not.
    sick.check = ({ thingId: id, step }) => {
      if (id === thingId && step === 1) throw new Error('sick');
    };
    const slowly = { ...timings, parkedAttempts: 1_000 };
    await start(sick, { timings: slowly });
    for (const step of [1, 2, 3]) await take(thingId, step);
    await eventually(async () => expect(await rowsOf(thingId)).toEqual(['PARKED', 'PARKED', 'PARKED']));
    await stopAll();

    // Another process, still sick: later messages queue behind without being tried.
    await start(sick, { timings: slowly });
    await take(thingId, 4);
    await eventually(async () => expect(await rowsOf(thingId)).toHaveLength(4));
    expect(await effectsOf(thingId)).toEqual([]);
    sick.check = () => undefined;
    await eventually(async () => expect(await effectsOf(thingId)).toEqual([1, 2, 3, 4]));
    await eventually(async () => expect(await isParked(thingId)).toBe(false));
    expect(await rowsOf(thingId)).toEqual([]);
    // And the way is free again.
    await take(thingId, 5);
    await eventually(async () => expect(await effectsOf(thingId)).toEqual([1, 2, 3, 4, 5]));
    expect(await rowsOf(thingId)).toEqual([]);
  });

  it('gives up after the last attempt: the message rests in quarantine, the later ones go on, a replay makes it good', async () => {
    const thingId = randomUUID();
    const handler = new StepHandler();
    let tries = 0;
    handler.check = ({ thingId: id, step }) => {
      if (id !== thingId || step !== 1) return;
      tries++;
      throw new Error('a bug');
    };
    await start(handler);
    for (const step of [1, 2, 3]) await take(thingId, step);
    await eventually(async () => expect(await effectsOf(thingId)).toEqual([2, 3]));
    const [resting] = await quarantine.list({ group, key: thingId });
    expect(resting).toMatchObject({
      type: 'step.taken',
      attempts: timings.parkedAttempts,
      bodyBytes: resting?.body.length,
    });
    expect(resting?.reason).toContain('a bug');
    await eventually(async () => expect(await isParked(thingId)).toBe(false));
    const before = tries;
    await take(thingId, 4);
    await eventually(async () => expect(await effectsOf(thingId)).toEqual([2, 3, 4]));
    expect(tries).toBe(before);

    handler.check = () => undefined;
    await quarantine.replay(resting?.id ?? '');
    await eventually(async () => expect(await effectsOf(thingId)).toEqual([2, 3, 4, 1]));
    expect(await quarantine.list({ key: thingId })).toEqual([]);
    await expect(quarantine.replay(resting?.id ?? '')).rejects.toMatchObject({ code: 'MQ_NOT_IN_QUARANTINE' });
  });

  it('keeps a discarded message with its reason, and lets nobody replay it', async () => {
    const thingId = randomUUID();
    const handler = new StepHandler();
    handler.check = ({ thingId: id }) => {
      if (id === thingId) throw new UnprocessableMessageError('Never.');
    };
    await start(handler);
    await take(thingId, 1);
    const [resting] = await eventually(async () => {
      const list = await quarantine.list({ key: thingId });
      expect(list).toHaveLength(1);
      return list;
    });
    const id = resting?.id ?? '';
    await expect(quarantine.discard(id, ' ')).rejects.toMatchObject({ code: 'MQ_QUARANTINE_REASON' });
    await quarantine.discard(id, 'Test data.');
    expect(await rowsOf(thingId)).toEqual(['DISCARDED']);
    await expect(quarantine.replay(id)).rejects.toMatchObject({ code: 'MQ_NOT_IN_QUARANTINE' });
    await expect(quarantine.replay('1 or 1=1')).rejects.toMatchObject({ code: 'MQ_NOT_IN_QUARANTINE' });
  });

  it('stores a failing event once, although it is delivered 37 times', async () => {
    const thingId = randomUUID();
    const handler = new StepHandler();
    handler.check = ({ thingId: id }) => {
      if (id === thingId) throw new UnprocessableMessageError('Never.');
    };
    const { log } = await start(handler);
    const id = randomUUID();
    for (let i = 0; i < 37; i++) await emit(producer, steps.taken, { thingId, step: 1 }, { id });
    const acked = (): number =>
      log.lines.filter(
        ({ phrase, facts }) => phrase === 'message acknowledged' && 'key' in facts && facts.key === thingId,
      ).length;
    await eventually(() => expect(acked()).toBe(37));
    expect(await rowsOf(thingId)).toEqual(['QUARANTINED']);
  });

  describe('takes what cannot be handled at once, and the lane goes on within a second:', () => {
    const good = (thingId: string, step: number): OutgoingMessage =>
      toOutgoing(steps.topic, seal(steps.taken, { thingId, step }, { id: randomUUID(), source: 'test' }));
    const without = (message: OutgoingMessage, name: string): OutgoingMessage => ({
      ...message,
      properties: Object.fromEntries(Object.entries(message.properties).filter(([key]) => key !== name)),
    });
    const withProperty = (message: OutgoingMessage, name: string, value: string): OutgoingMessage => ({
      ...message,
      properties: { ...message.properties, [name]: value },
    });
    const cases: readonly (readonly [string, (thingId: string) => OutgoingMessage])[] = [
      ['no JSON', (id) => ({ ...good(id, 1), body: Buffer.from('{"thingId":') })],
      ['no object', (id) => ({ ...good(id, 1), body: Buffer.from('[1,2]') })],
      ['no text at all', (id) => ({ ...good(id, 1), body: Buffer.from([0, 255, 254, 0]) })],
      ['a missing field', (id) => ({ ...good(id, 1), body: Buffer.from(JSON.stringify({ thingId: id })) })],
      [
        'a NUL in a field',
        (id) => ({ ...good(id, 1), body: Buffer.from(JSON.stringify({ thingId: `${id}\u0000`, step: 1 })) }),
      ],
      ['an unknown version', (id) => withProperty(good(id, 1), 'dataversion', '99')],
      ['an unknown type', (id) => withProperty(good(id, 1), 'type', 'step.unheard')],
      ['no CloudEvents attributes', (id) => without(good(id, 1), 'specversion')],
      ['another key than its message group', (id) => ({ ...good(randomUUID(), 1), messageGroup: id })],
      [
        'another key than its body',
        (id) => ({ ...good(id, 1), body: Buffer.from(JSON.stringify({ thingId: randomUUID(), step: 1 })) }),
      ],
      [
        'more than 256 KiB',
        (id) => ({
          ...good(id, 1),
          body: Buffer.from(JSON.stringify({ thingId: id, step: 1, filler: 'x'.repeat(300_000) })),
        }),
      ],
    ];

    it('unreadable, unknown, contradictory or oversized messages', async () => {
      await start(new StepHandler());
      // Warm: a fresh consumer hears its first message after about a second.
      const warm = randomUUID();
      await take(warm, 0);
      await eventually(async () => expect(await effectsOf(warm)).toEqual([0]));
      for (const [what, make] of cases) {
        const thingId = randomUUID();
        const bad = make(thingId);
        await producer.send(bad);
        const sentAt = performance.now();
        await producer.send(good(thingId, 2));
        await eventually(async () =>
          expect({ what, effects: await effectsOf(thingId) }).toEqual({ what, effects: [2] }),
        );
        expect({ what, inTime: performance.now() - sentAt < 1_000 }).toEqual({ what, inTime: true });
        // A receive that the test before left open may have taken the bad one first, so it may come after the good one.
        const [resting] = await eventually(async () => {
          const list = (await quarantine.list({ group, limit: 500 })).filter(
            ({ key, bodyBytes }) => bodyBytes === bad.body.length && [thingId, bad.properties['subject']].includes(key),
          );
          expect({ what, codes: list.map(({ code }) => code) }).toEqual({ what, codes: ['MQ_UNPROCESSABLE'] });
          return list;
        });
        expect(await isParked(thingId)).toBe(false);
        if (bad.body.length > 256 * 1024) {
          expect(resting?.body).toHaveLength(256 * 1024);
          await expect(quarantine.replay(resting?.id ?? '')).rejects.toMatchObject({ code: 'MQ_NOT_IN_QUARANTINE' });
        }
      }
    });

    it('whatever the handler calls unprocessable', async () => {
      const thingId = randomUUID();
      const handler = new StepHandler();
      let tries = 0;
      handler.check = ({ thingId: id, step }) => {
        if (id !== thingId || step !== 1) return;
        tries++;
        throw new UnprocessableMessageError('A sale without a reservation.');
      };
      await start(handler);
      await take(thingId, 1);
      await take(thingId, 2);
      await eventually(async () => expect(await effectsOf(thingId)).toEqual([2]));
      expect(await rowsOf(thingId)).toEqual(['QUARANTINED']);
      expect(await isParked(thingId)).toBe(false);
      expect(tries).toBe(1);
    });
  });

  it('stays empty while the database is away for 3 s: everything is kept, nothing is lost', async () => {
    const wire = await openPostgresWire(database.url);
    const pool = new pg.Pool({ connectionString: wire.url, max: 5, connectionTimeoutMillis: 1_000 });
    pool.on('error', () => undefined);
    const handler = new StepHandler();
    const { metrics } = await start(handler, { pool });
    const things = Array.from({ length: 20 }, () => randomUUID());
    try {
      for (const thingId of things) await take(thingId, 1);
      await eventually(async () => expect(await effectsOf(things[19] ?? '')).toEqual([1]));
      // Caught in the middle of their transactions, at the begin of one, and before it.
      let go: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (go = resolve));
      handler.check = () => gate;
      const before = handler.runs;
      for (const thingId of things.slice(0, 10)) await take(thingId, 2);
      await eventually(() => expect(handler.runs).toBeGreaterThan(before));
      wire.cut();
      go();
      for (const thingId of things.slice(10)) await take(thingId, 2);
      const since = performance.now();
      await eventually(() => expect(performance.now() - since).toBeGreaterThan(3_000));
      wire.heal();
      await eventually(
        async () => {
          for (const thingId of things) expect(await effectsOf(thingId)).toEqual([1, 2]);
        },
        { withinMs: 10_000 },
      );
      const { rows } = await database.pool.query('select 1 from mq.parked_message where message_key = any($1)', [
        things,
      ]);
      expect(rows).toHaveLength(0);
      const text = await metrics.metrics();
      expect(text).not.toMatch(/mq_parkings_total\{.*\} [1-9]/);
      // Nobody's fault, so it does not count; a failure does whose probe met the database already healed.
      const outcomes = (outcome: string): number =>
        Number(new RegExp(`^mq_handlings_total\\{.*outcome="${outcome}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
      expect(outcomes('unavailable')).toBeGreaterThan(outcomes('failed'));
    } finally {
      await stopAll();
      await pool.end();
      await wire.close();
    }
  });

  it('is not needed when the answer to a COMMIT is lost: the event is handled again, its effect is there once', async () => {
    const wire = await openPostgresWire(database.url);
    const pool = new pg.Pool({ connectionString: wire.url, max: 5, connectionTimeoutMillis: 1_000 });
    pool.on('error', () => undefined);
    const thingId = randomUUID();
    const handler = new StepHandler();
    let runs = 0;
    handler.check = ({ thingId: id }) => {
      if (id === thingId && ++runs === 1) wire.trapCommit('answer-lost');
    };
    const { log } = await start(handler, { pool });
    try {
      await take(thingId, 1);
      await eventually(() => {
        const acked = log.lines.filter(
          ({ phrase, facts }) => phrase === 'message acknowledged' && 'key' in facts && facts.key === thingId,
        );
        expect(acked).toHaveLength(1);
      });
      expect({ trapped: wire.trapped, runs, effects: await effectsOf(thingId) }).toEqual({
        trapped: true,
        runs: 2,
        effects: [1],
      });
      expect(await rowsOf(thingId)).toEqual([]);
    } finally {
      await stopAll();
      await pool.end();
      await wire.close();
    }
  });
});
