import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Registry } from 'prom-client';
import { v4, v7 } from 'uuid';
import type { TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { recordingLog } from '../../../../test/support/recording-log.js';
import type { ReachedPoint } from '../mq.config.js';
import { MqMetrics } from '../mq.metrics.js';
import type { IncomingMessage } from '../rocketmq/wire.js';
import { carrierOf } from './carrier.js';
import { logRows, thingsDatabase } from './publishing.fixture.js';
import { Resolver } from './resolve.js';

const FENCE_MS = 30_000;
/** An id of a transaction that began long before the fence. */
const oldId = (agoMs = 60_000): string => v7({ msecs: Date.now() - agoMs });

const COMMIT_ALONE = `insert into mq.transaction_log (id, transaction_id, decision, decided_by) values ($1, $1, 'COMMITTED', 'local')`;
const COMMIT_WITH_EVENT = `insert into mq.transaction_log
    (id, transaction_id, decision, decided_by, event_type, topic, message_key, body, headers, next_attempt_at)
  values ($1, $2, 'COMMITTED', 'local', 'thing.made', 'things', 'key', '{}', '{}', now())`;

describe('resolve', () => {
  let database: TestDatabase;
  let resolvers: Resolver[];
  let clients: pg.Client[];

  beforeAll(async () => void (database = await thingsDatabase()));
  afterAll(() => database.drop());
  beforeEach(() => {
    resolvers = [];
    clients = [];
  });
  afterEach(async () => {
    await Promise.all([...resolvers.map((resolver) => resolver.stop()), ...clients.map((client) => client.end())]);
  });

  const aResolver = (reached?: ReachedPoint): Resolver => {
    const resolver = new Resolver({
      pool: database.pool,
      timings: { fenceAfterMs: FENCE_MS },
      metrics: new MqMetrics(new Registry()),
      log: recordingLog(),
      ...(reached ? { reached } : {}),
    });
    resolvers.push(resolver);
    return resolver;
  };
  const aClient = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  /** A request that is under way: decision row inserted, nothing committed. */
  const running = async (id: string): Promise<pg.Client> => {
    const client = await aClient();
    await client.query('begin');
    await client.query(COMMIT_ALONE, [id]);
    await client.query('insert into thing (thing_id, step) values ($1, 1)', [id]);
    return client;
  };
  const decisionsOf = async (id: string): Promise<string[]> =>
    (await logRows(database.pool))
      .filter((row) => row.id === id)
      .map(({ decision, decided_by: by }) => `${decision} ${by}`);

  it('commits what is committed and has an event to deliver', async () => {
    const id = v7();
    await database.pool.query(COMMIT_WITH_EVENT, [id, id]);
    expect(await aResolver().resolve(id, 'check-back')).toEqual({ decision: 'COMMITTED', verdict: 'commit' });
  });

  it('rolls the broker’s copies back once every event is acknowledged, and not before', async () => {
    const [id, second] = [v7(), v7()];
    await database.pool.query(COMMIT_WITH_EVENT, [id, id]);
    await database.pool.query(COMMIT_WITH_EVENT, [second, id]);
    const resolver = aResolver();
    const acknowledge = (which: string) =>
      database.pool.query(
        'update mq.transaction_log set acknowledged_at = now(), next_attempt_at = null where id = $1',
        [which],
      );
    await acknowledge(id);
    expect((await resolver.resolve(id, 'check-back')).verdict).toBe('commit');
    await acknowledge(second);
    expect(await resolver.resolve(id, 'check-back')).toEqual({ decision: 'COMMITTED', verdict: 'rollback' });
  });

  it('answers unknown for a young transaction without a row, and leaves no tombstone', async () => {
    const id = v7();
    expect((await aResolver().resolve(id, 'check-back')).verdict).toBe('unknown');
    expect(await decisionsOf(id)).toEqual([]);
  });

  it('lays a tombstone for an old transaction without a row, once, and repeats the answer', async () => {
    const id = oldId();
    const resolver = aResolver();
    expect((await resolver.resolve(id, 'check-back')).verdict).toBe('rollback');
    expect((await resolver.resolve(id, 'check-back')).verdict).toBe('rollback');
    expect(await decisionsOf(id)).toEqual(['ABORTED check-back']);
  });

  it('does not trust a clock that is fast: an id from the future is fenced too', async () => {
    const id = oldId(-600_000);
    expect((await aResolver().resolve(id, 'check-back')).verdict).toBe('rollback');
  });

  it('does not spare a young transaction when the one in doubt asks for itself', async () => {
    const id = v7();
    expect(await aResolver().settle(id)).toEqual({ decision: 'ABORTED', verdict: 'rollback' });
    expect(await decisionsOf(id)).toEqual(['ABORTED in-doubt']);
  });

  // The naive checker, "no row, so it rolled back", fails exactly here: half, row inserted, check-back, COMMIT.
  it('answers unknown while the transaction is running, which then commits and is delivered', async () => {
    const id = oldId();
    const client = await running(id);
    const startedAt = performance.now();
    expect(await aResolver().resolve(id, 'check-back')).toEqual({ decision: 'unknown', verdict: 'unknown' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await client.query('commit');
    expect((await aResolver().resolve(id, 'check-back')).decision).toBe('COMMITTED');
    expect(await decisionsOf(id)).toEqual(['COMMITTED local']);
  });

  it('kills a late transaction on the primary key, and its order with it', async () => {
    const id = oldId();
    expect((await aResolver().resolve(id, 'check-back')).verdict).toBe('rollback');
    const client = await aClient();
    await client.query('begin');
    await client.query('insert into thing (thing_id, step) values ($1, 1)', [id]);
    await expect(client.query(COMMIT_ALONE, [id])).rejects.toMatchObject({ code: '23505' });
    expect((await client.query('commit')).command).toBe('ROLLBACK');
    const { rowCount } = await database.pool.query('select from thing where thing_id = $1', [id]);
    expect(rowCount).toBe(0);
  });

  it('sees a commit that overtakes its tombstone', async () => {
    const id = oldId();
    const client = await running(id);
    const resolver = aResolver();
    const answer = resolver.resolve(id, 'check-back');
    // The tombstone now waits for the running transaction: let that win.
    await eventually(async () => {
      const { rowCount } = await database.owner.query(
        `select from pg_locks where not granted and locktype = 'transactionid'`,
      );
      expect(rowCount).toBe(1);
    });
    await client.query('commit');
    expect((await answer).decision).toBe('COMMITTED');
    expect(await decisionsOf(id)).toEqual(['COMMITTED local']);
  });

  it('gives the same answer to two checkers that race a commit, whoever wins', async () => {
    const resolvers = [aResolver(), aResolver()];
    for (let round = 0; round < 20; round++) {
      const id = oldId();
      const client = await aClient();
      const local = (async () => {
        await client.query('begin');
        try {
          await client.query(COMMIT_ALONE, [id]);
          return (await client.query('commit')).command === 'COMMIT' ? 'COMMITTED' : 'ABORTED';
        } catch {
          await client.query('rollback');
          return 'ABORTED';
        }
      })();
      const answers = await Promise.all(resolvers.map((resolver) => resolver.resolve(id, 'check-back')));
      const outcome = await local;
      for (const { decision } of answers) expect([outcome, 'unknown']).toContain(decision);
      const final = await Promise.all(resolvers.map((resolver) => resolver.resolve(id, 'check-back')));
      expect(final.map(({ decision }) => decision)).toEqual([outcome, outcome]);
      expect(await decisionsOf(id)).toHaveLength(1);
      clients.splice(clients.indexOf(client), 1);
      await client.end();
    }
  });

  it('keeps the decision when the checker dies between tombstone and answer', async () => {
    const id = oldId();
    const dying = aResolver((point) => {
      if (point === 'resolve.after-tombstone') throw new Error('killed');
    });
    expect((await dying.resolve(id, 'check-back')).verdict).toBe('unknown');
    expect((await aResolver().resolve(id, 'check-back')).verdict).toBe('rollback');
    expect(await decisionsOf(id)).toEqual(['ABORTED check-back']);
  });

  it('stays out of the way of requests: a service pool without a free connection does not delay it', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    const held = await pool.connect();
    const resolver = new Resolver({
      pool,
      timings: { fenceAfterMs: FENCE_MS },
      metrics: new MqMetrics(new Registry()),
      log: recordingLog(),
    });
    resolvers.push(resolver);
    expect((await resolver.resolve(oldId(), 'check-back')).verdict).toBe('rollback');
    held.release();
    await pool.end();
  });

  it('answers unknown when the database is away', async () => {
    const pool = new pg.Pool({ connectionString: 'postgresql://nobody@127.0.0.1:9/none' });
    const log = recordingLog();
    const resolver = new Resolver({ pool, timings: { fenceAfterMs: 1 }, metrics: new MqMetrics(new Registry()), log });
    resolvers.push(resolver);
    expect(await resolver.resolve(oldId(), 'check-back')).toEqual({ decision: 'unknown', verdict: 'unknown' });
    expect(log.of('transaction could not be resolved, left unknown')).toHaveLength(1);
    await pool.end();
  });

  describe('for a half message that it cannot read', () => {
    const incoming = (body: string, corrupted = false): IncomingMessage => ({
      topic: 'things-tx',
      body: Buffer.from(body),
      keys: [],
      properties: {},
      messageId: '01',
      attempt: 1,
      corrupted,
    });
    const good = (id: string): string => carrierOf('things-tx', id).body.toString();

    it.each([
      ['no JSON', incoming('{')],
      ['no object', incoming('null')],
      ['another version', incoming(JSON.stringify({ version: 2, transactionId: oldId() }))],
      ['an id of another kind', incoming(good(v4()))],
      ['an id that is none', incoming(good(`' or true --`))],
      ['a corrupted one', incoming(good(oldId()), true)],
    ])('answers unknown: %s', async (_, half) => {
      const before = (await logRows(database.pool)).length;
      expect(await aResolver().answer(half)).toBe('unknown');
      expect(await logRows(database.pool)).toHaveLength(before);
    });

    it('and answers what it can read', async () => {
      expect(await aResolver().answer(incoming(good(oldId())))).toBe('rollback');
    });
  });
});
