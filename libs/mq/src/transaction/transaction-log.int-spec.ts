import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import type { TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { onPool } from './on-pool.js';
import { logRows, thingsDatabase } from './publishing.fixture.js';
import {
  acknowledge,
  claimDue,
  firstTime,
  layTombstone,
  outstanding,
  recordDecision,
  recordEvent,
  recordEvents,
  unacknowledged,
  unclaim,
  type Runs,
} from './transaction-log.js';
import type { RecordedEvent } from './event.js';

const RESEND = { afterMs: 1_000, atMostMs: 60_000 };

const anEvent = (key: string = randomUUID(), id = v7(), transactionId = id): RecordedEvent => ({
  transactionId,
  topic: 'things',
  envelope: {
    attributes: {
      specversion: '1.0',
      id,
      source: 'test',
      type: 'thing.made',
      time: new Date().toISOString(),
      subject: key,
      dataversion: '1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    data: JSON.stringify({ thingId: key }),
  },
});
const idOf = ({ envelope }: RecordedEvent): string => envelope.attributes.id;

describe('the transaction log', () => {
  let database: TestDatabase;
  let log: Runs;
  beforeAll(async () => {
    database = await thingsDatabase();
    log = onPool(database.pool, 3_000);
  });
  afterAll(() => database.drop());
  beforeEach(() => database.owner.query('truncate mq.transaction_log, mq.inbox'));

  describe('is write-once for the service', () => {
    it.each([
      'id',
      'transaction_id',
      'decision',
      'decided_by',
      'decided_at',
      'event_type',
      'topic',
      'message_key',
      'body',
      'headers',
    ])('column %s cannot be changed', async (column) => {
      await recordEvent(log, anEvent(), 0);
      await expect(database.pool.query(`update mq.transaction_log set ${column} = ${column}`)).rejects.toMatchObject({
        code: '42501',
      });
    });

    it('rows cannot be deleted or truncated: the fence stays', async () => {
      await layTombstone(log, v7(), 'check-back');
      for (const statement of [
        'delete from mq.transaction_log',
        'truncate mq.transaction_log',
        'delete from mq.inbox',
      ]) {
        await expect(database.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
      }
    });

    it('a decision cannot be made twice', async () => {
      const id = v7();
      expect(await layTombstone(log, id, 'check-back')).toBe(true);
      expect(await layTombstone(log, id, 'in-doubt')).toBe(false);
      await expect(recordDecision(log, id)).rejects.toMatchObject({
        code: '23505',
        constraint: 'transaction_log_pkey',
      });
      await expect(recordEvent(log, anEvent('k', id), 0)).rejects.toMatchObject({ code: '23505' });
    });

    it('a tombstone carries no event and is never due', async () => {
      await expect(
        database.pool.query(
          `insert into mq.transaction_log (id, transaction_id, decision, decided_by, event_type, topic, message_key, body, headers)
           values ($1, $1, 'ABORTED', 'local', 't', 't', 'k', '{}', '{}')`,
          [v7()],
        ),
      ).rejects.toMatchObject({ code: '23514' });
    });
  });

  it('gives events back as they were recorded, in order of their ids', async () => {
    const transactionId = v7();
    const events = [
      anEvent('a', v7(), transactionId),
      anEvent('b', v7(), transactionId),
      anEvent('a', v7(), transactionId),
    ];
    await recordDecision(log, transactionId);
    await recordEvents(log, transactionId, events, 1_000);
    const found = await unacknowledged(log, [transactionId, v7()]);
    const parsed = (all: readonly RecordedEvent[]) =>
      all.map((event) => ({
        ...event,
        envelope: { ...event.envelope, data: JSON.parse(event.envelope.data) as unknown },
      }));
    expect(parsed(found)).toEqual(parsed(events));
  });

  it('brings along what is still open of the same key from before, and nothing later, acknowledged or of another key', async () => {
    const key = randomUUID();
    const [retired, earlier, foreign, mine, later] = [
      anEvent(key),
      anEvent(key),
      anEvent(),
      anEvent(key),
      anEvent(key),
    ];
    for (const event of [later, mine, foreign, earlier, retired]) await recordEvent(log, event, 60_000);
    await acknowledge(log, [idOf(retired)]);
    expect((await unacknowledged(log, [idOf(mine)])).map(idOf)).toEqual([idOf(earlier), idOf(mine)]);
    // Nothing of its own: then nothing of others either.
    expect(await unacknowledged(log, [idOf(retired)])).toEqual([]);
  });

  it('retires acknowledged events: they are neither due nor relayed again, and a second time changes nothing', async () => {
    const [one, two] = [anEvent(), anEvent()];
    await recordEvent(log, one, 0);
    await recordEvent(log, two, 0);
    expect((await outstanding(log)).count).toBe(2);
    expect(await acknowledge(log, [idOf(one), idOf(one)])).toBe(1);
    expect(await acknowledge(log, [idOf(one)])).toBe(0);
    expect((await unacknowledged(log, [idOf(one), idOf(two)])).map(idOf)).toEqual([idOf(two)]);
    expect((await claimDue(log, 10, RESEND)).map(idOf)).toEqual([idOf(two)]);
    expect((await outstanding(log)).count).toBe(1);
  });

  it('retires in the order of ids, wherever the rows are: who waits for one has locked none behind it', async () => {
    const events = [anEvent(), anEvent(), anEvent()];
    for (const event of events.toReversed()) await recordEvent(log, event, 0);
    const [first = '', ...behind] = events.map(idOf);
    const holder = await database.owner.connect();
    await holder.query('begin');
    try {
      await holder.query('select from mq.transaction_log where id = $1 for update', [first]);
      const retiring = acknowledge(log, events.map(idOf));
      const waiting = `select from pg_locks where not granted and locktype in ('transactionid', 'tuple')`;
      await eventually(async () => expect((await database.owner.query(waiting)).rowCount).toBeGreaterThan(0));
      const free = 'select from mq.transaction_log where id = any($1) for update skip locked';
      expect((await database.owner.query(free, [behind])).rowCount).toBe(2);
      await holder.query('rollback');
      expect(await retiring).toBe(3);
    } finally {
      await holder.query('rollback'); // also when it failed half-way: others use this table
      holder.release();
    }
  });

  it('ignores acknowledgements of what is not ours', async () => {
    expect(await acknowledge(log, ['not a uuid', '', randomUUID(), `' or true --`])).toBe(0);
    expect(await acknowledge(log, [])).toBe(0);
  });

  it('knows a delivery the first time only, per group, whatever its id looks like', async () => {
    const id = `strange id ${randomUUID()}`;
    expect(await firstTime(log, 'a', id)).toBe(true);
    expect(await firstTime(log, 'a', id)).toBe(false);
    expect(await firstTime(log, 'b', id)).toBe(true);
  });

  describe('hands out what is due', () => {
    it('never before its time', async () => {
      await recordEvent(log, anEvent(), 60_000);
      expect(await claimDue(log, 10, RESEND)).toEqual([]);
    });

    it('in order of ids, so that events of one key leave in the order they were recorded', async () => {
      const events = Array.from({ length: 20 }, () => anEvent('same'));
      for (const event of [...events].reverse()) await recordEvent(log, event, 0);
      expect((await claimDue(log, 20, RESEND)).map(idOf)).toEqual(events.map(idOf));
    });

    it('once: claimers share the work without waiting for one another', async () => {
      await recordEvents(
        log,
        v7(),
        Array.from({ length: 200 }, () => anEvent()),
        0,
      );
      const claims = await Promise.all(Array.from({ length: 8 }, () => claimDue(log, 40, RESEND)));
      const ids = claims.flat().map(idOf);
      expect(new Set(ids).size).toBe(ids.length);
      // A row that another claimer had locked is skipped, not lost: the next pass has it.
      const rest = await claimDue(log, 200, RESEND);
      expect(ids.length + rest.length).toBe(200);
    });

    it('without waiting for a row that is being acknowledged, and without making that wait', async () => {
      const [held, free] = [anEvent(), anEvent()];
      await recordEvent(log, held, 0);
      await recordEvent(log, free, 0);
      const client = await database.pool.connect();
      try {
        await client.query('begin');
        await client.query(
          'update mq.transaction_log set acknowledged_at = now(), next_attempt_at = null where id = $1',
          [idOf(held)],
        );
        expect((await claimDue(log, 10, RESEND)).map(idOf)).toEqual([idOf(free)]);
        await client.query('commit');
      } finally {
        client.release(true);
      }
      expect(await acknowledge(log, [idOf(free)])).toBe(1);
    });

    it('again after a doubling time with jitter, between the first time and the bound', async () => {
      await recordEvents(
        log,
        v7(),
        Array.from({ length: 50 }, () => anEvent()),
        0,
      );
      const delays: { attempts: number; least: number; most: number }[] = [];
      for (let attempt = 1; attempt <= 8; attempt++) {
        const claimed = await claimDue(log, 100, RESEND);
        expect(claimed.map(({ attempts }) => attempts)).toEqual(Array(50).fill(attempt));
        const { rows } = await database.pool.query<{ least: number; most: number }>(
          `select min(ms)::float8 as least, max(ms)::float8 as most
           from (select extract(epoch from next_attempt_at - clock_timestamp()) * 1000 as ms from mq.transaction_log) as due`,
        );
        delays.push({ attempts: attempt, least: rows[0]?.least ?? 0, most: rows[0]?.most ?? 0 });
        await database.owner.query('update mq.transaction_log set next_attempt_at = now()');
      }
      for (const { attempts, least, most } of delays) {
        const bound = Math.min(RESEND.atMostMs, RESEND.afterMs * 2 ** attempts);
        expect(least).toBeGreaterThan(RESEND.afterMs - 500);
        expect(most).toBeLessThanOrEqual(bound);
        // With 50 draws the largest is in the upper half, short of one chance in 10^15.
        expect(most).toBeGreaterThan(RESEND.afterMs + (bound - RESEND.afterMs) / 2 - 500);
      }
    });

    it('without counting an attempt that never was one', async () => {
      const event = anEvent();
      await recordEvent(log, event, 0);
      for (let i = 0; i < 3; i++) {
        expect((await claimDue(log, 1, RESEND)).map(({ attempts }) => attempts)).toEqual([1]);
        await unclaim(log, [idOf(event)], 0);
      }
      await claimDue(log, 1, RESEND);
      await acknowledge(log, [idOf(event)]);
      await unclaim(log, [idOf(event)], 0);
      expect((await logRows(database.pool))[0]?.next_attempt_at).toBeNull();
    });
  });
});
