import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { openPostgresWire, type PostgresWire } from '../../../../scenarios/faults/postgres-wire.js';
import type { MqOptions } from '../mq.config.js';
import {
  BrokerUnavailableError,
  InvalidMessageError,
  StatementSwallowedError,
  TransactionFencedError,
  TransactionInDoubtError,
} from '../mq.errors.js';
import {
  aThing,
  insertThing,
  logRows,
  serviceOf,
  things,
  thingsDatabase,
  thingsOn,
  type Service,
} from './publishing.fixture.js';

// No broker at all: what is shown here is between the service and PostgreSQL. The half message is missing, the rest is real.
const topic = thingsOn('things');

describe('sendInTransaction', () => {
  let database: TestDatabase;
  let wire: PostgresWire;
  let pool: pg.Pool;
  let services: Service[];

  beforeAll(async () => {
    database = await thingsDatabase();
    wire = await openPostgresWire(database.url);
  });
  afterAll(async () => {
    await wire.close();
    await database.drop();
  });
  beforeEach(() => {
    services = [];
    pool = new pg.Pool({ connectionString: wire.url, max: 8, pipeline: true });
    pool.on('error', () => undefined);
  });
  afterEach(async () => {
    wire.heal();
    await Promise.all(services.map(({ publisher }) => publisher.stop()));
    await pool.end();
  });

  const aService = (options: Partial<MqOptions> = {}): Service => {
    const service = serviceOf({ pool, publishes: [topic.made], ...options });
    services.push(service);
    return service;
  };
  /** Starts `count` requests at once while the lane is kept busy, so that they form one group. */
  const asOneGroup = async <T>(
    service: Service,
    start: () => readonly Promise<T>[],
  ): Promise<PromiseSettledResult<T>[]> => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const busy = [1, 2].map(() =>
      service.publisher.producer.sendInTransaction(topic.made, aThing(), () => gate, { alone: true }),
    );
    const started = start();
    open();
    await Promise.all(busy);
    return Promise.allSettled(started);
  };

  describe('alone', () => {
    it('commits order, decision and event together and returns what the work returned', async () => {
      const { producer } = aService().publisher;
      const thing = aThing();
      const value = await producer.sendInTransaction(topic.made, thing, async (tx) => {
        await insertThing(tx, thing);
        return 42;
      });
      expect(value).toBe(42);
      expect(await things(pool, thing.thingId)).toEqual([1]);
      const [row, ...more] = await logRows(pool, thing.thingId);
      expect(more).toEqual([]);
      expect(row).toMatchObject({ decision: 'COMMITTED', decided_by: 'local', event_type: 'thing.made', attempts: 0 });
      expect(row?.id).toBe(row?.transaction_id);
    });

    it('leaves nothing and rethrows the original error when the work throws', async () => {
      const { producer } = aService().publisher;
      const thing = aThing();
      const error = new Error('out of luck');
      await expect(
        producer.sendInTransaction(topic.made, thing, async (tx) => {
          await insertThing(tx, thing);
          throw error;
        }),
      ).rejects.toBe(error);
      expect(await things(pool, thing.thingId)).toEqual([]);
      expect(await logRows(pool, thing.thingId)).toEqual([]);
    });

    it('does not take a swallowed error for success: COMMIT was answered with ROLLBACK', async () => {
      const { producer } = aService().publisher;
      const thing = aThing();
      await expect(
        producer.sendInTransaction(topic.made, thing, async (tx) => {
          await tx.query('select 1 / 0').catch(() => undefined);
        }),
      ).rejects.toBeInstanceOf(StatementSwallowedError);
      expect(await logRows(pool, thing.thingId)).toEqual([]);
    });

    it('refuses work that would end the transaction itself', async () => {
      const { producer } = aService().publisher;
      const thing = aThing();
      await expect(producer.sendInTransaction(topic.made, thing, (tx) => tx.query(' COMMIT'))).rejects.toThrow(
        'The library ends the transaction',
      );
      expect(await logRows(pool, thing.thingId)).toEqual([]);
    });

    it('commits a query that the work forgot to await, and refuses one that comes after its return', async () => {
      const { producer } = aService().publisher;
      const thing = aThing();
      let late: Promise<unknown> = Promise.resolve();
      await producer.sendInTransaction(topic.made, thing, async (tx) => {
        void insertThing(tx, thing);
        setImmediate(() => void (late = tx.query('select 1').catch((error: unknown) => error)));
      });
      expect(await things(pool, thing.thingId)).toEqual([1]);
      expect(await eventually(async () => String(await late))).toContain('The work has returned');
    });

    it.each([
      ['NUL', '\u0000'],
      ['half of a surrogate pair', '\ud800'],
    ])('refuses a message that PostgreSQL could not store, before anything is begun: %s', async (_, text) => {
      const { producer } = aService().publisher;
      let ran = false;
      // The class ignores what it does not know, the log would store it.
      const thing = { ...aThing(), text };
      await expect(producer.sendInTransaction(topic.made, thing, async () => void (ran = true))).rejects.toBeInstanceOf(
        InvalidMessageError,
      );
      expect(ran).toBe(false);
    });

    it('limits statements, locks and idling by PostgreSQL itself', async () => {
      const { producer } = aService().publisher;
      const limits = await producer.sendInTransaction(topic.made, aThing(), async (tx) => {
        const { rows } = await tx.query<{ name: string; setting: string }>(
          `select name, setting from pg_settings where name ~ '^(statement|lock|idle_in_transaction_session)_timeout$' order by name`,
        );
        return rows.map(({ setting }) => Number(setting));
      });
      expect(limits).toEqual([1_500, 400, 900]);
    });

    it('does not begin anything for who refuses to go on without a broker', async () => {
      const { producer } = aService().publisher;
      let ran = false;
      await expect(
        producer.sendInTransaction(topic.made, aThing(), async () => void (ran = true), { whenBrokerIsDown: 'refuse' }),
      ).rejects.toBeInstanceOf(BrokerUnavailableError);
      expect(ran).toBe(false);
    });

    it('is due at once when there is no half message that could deliver it', async () => {
      const { producer } = aService().publisher;
      const thing = aThing();
      await producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
      const { rows } = await pool.query(
        'select next_attempt_at <= clock_timestamp() as due from mq.transaction_log where message_key = $1',
        [thing.thingId],
      );
      expect(rows).toEqual([{ due: true }]);
    });
  });

  describe('when it is not sure how it ended', () => {
    it('returns the value when the answer to COMMIT is lost and the commit is there', async () => {
      const service = aService();
      const thing = aThing();
      wire.trapCommit('answer-lost');
      const value = await service.publisher.producer.sendInTransaction(topic.made, thing, async (tx) => {
        await insertThing(tx, thing);
        return 'kept';
      });
      expect(wire.trapped).toBe(true);
      expect(value).toBe('kept');
      expect(await things(pool, thing.thingId)).toEqual([1]);
      expect(await service.count('mq_in_doubt_total', { resolved: 'COMMITTED' })).toBe(1);
    });

    it('fails with the original error and a tombstone when the COMMIT never arrived', async () => {
      const service = aService();
      const thing = aThing();
      wire.trapCommit('never-arrives');
      await expect(
        service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing)),
      ).rejects.toThrow(/terminated|ECONNRESET/);
      expect(await things(pool, thing.thingId)).toEqual([]);
      expect(await service.count('mq_in_doubt_total', { resolved: 'ABORTED' })).toBe(1);
      expect(await service.count('mq_tombstones_total', { by: 'in-doubt' })).toBe(1);
    });

    // The backend outlives its client: neither a verdict nor a time limit may assume that it will not commit.
    it('stays in doubt while a backend may still commit, which it then does, once', async () => {
      // Long enough that PostgreSQL does not end the idle backend before the asking is over.
      const service = aService({ timings: { idleInTransactionMs: 10_000, fenceAfterMs: 20_000 } });
      const thing = aThing();
      wire.trapCommit('held-back');
      const sent = service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
      const error: unknown = await sent.catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(TransactionInDoubtError);
      wire.releaseCommit();
      await eventually(async () => expect(await things(database.pool, thing.thingId)).toEqual([1]));
      expect(await logRows(database.pool, thing.thingId)).toHaveLength(1);
      const { transactionId } = error as TransactionInDoubtError;
      expect(await service.publisher.resolver.resolve(transactionId, 'check-back')).toMatchObject({
        decision: 'COMMITTED',
      });
      expect(await service.count('mq_verdicts_total', { verdict: 'none' })).toBe(1);
    });

    it('is aborted, not in doubt, when the connection is lost before COMMIT', async () => {
      const service = aService();
      const thing = aThing();
      await expect(
        service.publisher.producer.sendInTransaction(topic.made, thing, async (tx) => {
          await insertThing(tx, thing);
          await tx.query('select pg_terminate_backend(pg_backend_pid())');
        }),
      ).rejects.toThrow(/terminat/);
      expect(await things(pool, thing.thingId)).toEqual([]);
      expect(await service.count('mq_transactions_total', { outcome: 'aborted' })).toBe(1);
      expect(await service.count('mq_in_doubt_total')).toBe(0);
      // The next one gets a connection that works.
      await service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
    });

    it('gives up a connection that hangs, and never hands it to anybody else', async () => {
      const service = aService();
      const thing = aThing();
      const sent = service.publisher.producer.sendInTransaction(topic.made, thing, async (tx) => {
        await insertThing(tx, thing);
        wire.blackHole();
        await tx.query('select 1');
      });
      await expect(sent).rejects.toThrow(/timeout|terminated/);
      wire.heal();
      const again = aThing();
      await service.publisher.producer.sendInTransaction(topic.made, again, (tx) => insertThing(tx, again));
      expect(await things(pool, thing.thingId)).toEqual([]);
      expect(await things(pool, again.thingId)).toEqual([1]);
    });

    it('survives a backend that is killed while the work does something else', async () => {
      const service = aService();
      const thing = aThing();
      await expect(
        service.publisher.producer.sendInTransaction(topic.made, thing, async (tx) => {
          const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
          await database.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
          await eventually(async () => {
            const { rowCount } = await database.pool.query('select from pg_stat_activity where pid = $1', [
              rows[0]?.pid,
            ]);
            expect(rowCount).toBe(0);
          });
        }),
      ).rejects.toThrow(/terminat/);
      expect(await logRows(pool, thing.thingId)).toEqual([]);
    });

    it.each([1, 3])(
      'takes its key before the work runs, so that nobody can fence it meanwhile (group of %d)',
      async (size) => {
        const service = aService();
        const decisions: string[] = [];
        const results = await asOneGroup(service, () =>
          Array.from({ length: size }, () => {
            const thing = aThing();
            return service.publisher.producer.sendInTransaction(topic.made, thing, async (tx) => {
              const { rows } = await tx.query<{ id: string }>(
                'select id from mq.transaction_log where id = transaction_id order by id desc limit 1',
              );
              decisions.push((await service.publisher.resolver.resolve(rows[0]?.id ?? '', 'in-doubt')).decision);
              await insertThing(tx, thing);
            });
          }),
        );
        expect(results.map(({ status }) => status)).toEqual(Array(size).fill('fulfilled'));
        expect(decisions).toEqual(Array(size).fill('unknown'));
      },
    );

    it('dies on the fence when a check-back took it for dead, with its order, and says so', async () => {
      const reached: string[] = [];
      const thing = aThing();
      const service = aService({
        // The process is stopped (SIGSTOP) past the fence, right after its half message; meanwhile a check-back comes.
        reached: async (point) => {
          reached.push(point);
          if (point !== 'publish.after-half') return;
          await eventually(async () => {
            const id = fencedId();
            expect(await service.publisher.resolver.resolve(id, 'check-back')).toMatchObject({ decision: 'ABORTED' });
          });
        },
      });
      // Its id is only known to the broker; the half message that was tried carries it.
      const halves: string[] = [];
      const broker = service.publisher.broker;
      const sendHalf = broker.sendHalf.bind(broker);
      broker.sendHalf = (half) => {
        halves.push((JSON.parse(half.body.toString()) as { transactionId: string }).transactionId);
        return sendHalf(half);
      };
      const fencedId = (): string => halves[0] ?? '';
      await expect(
        service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing)),
      ).rejects.toBeInstanceOf(TransactionFencedError);
      expect(await things(pool, thing.thingId)).toEqual([]);
      expect(reached).toContain('resolve.after-tombstone');
    });
  });

  describe('in a group', () => {
    it('shares one transaction, and every member keeps its own row, event and answer', async () => {
      const service = aService();
      const made = Array.from({ length: 16 }, (_, step) => aThing(step));
      const results = await asOneGroup(service, () =>
        made.map((thing) =>
          service.publisher.producer.sendInTransaction(topic.made, thing, async (tx) => {
            await insertThing(tx, thing);
            return thing.step;
          }),
        ),
      );
      expect(results.map((result) => result.status === 'fulfilled' && result.value)).toEqual(
        made.map(({ step }) => step),
      );
      const rows = (await Promise.all(made.map(({ thingId }) => logRows(pool, thingId)))).flat();
      expect(rows).toHaveLength(16);
      expect(new Set(rows.map((row) => row.transaction_id)).size).toBe(1);
      expect(new Set(rows.map((row) => row.id)).size).toBe(16);
      const decision = await pool.query('select decision, body from mq.transaction_log where id = $1', [
        rows[0]?.transaction_id,
      ]);
      expect(decision.rows).toEqual([{ decision: 'COMMITTED', body: null }]);
    });

    it('works by key, and within a key by arrival, so that two groups lock their rows in one order', async () => {
      const service = aService();
      const [low, high] = [aThing(), aThing()].toSorted((a, b) => (a.thingId < b.thingId ? -1 : 1));
      const worked: string[] = [];
      const work = (thing: typeof low, name: string) =>
        service.publisher.producer.sendInTransaction(topic.made, thing ?? aThing(), async () => void worked.push(name));
      await asOneGroup(service, () => [
        work(high, 'high'),
        work(low, 'low'),
        work(high, 'high again'),
        work(low, 'low again'),
      ]);
      expect(worked).toEqual(['low', 'low again', 'high', 'high again']);
    });

    it('works by the key that is locked, when that is another one', async () => {
      const service = aService();
      const [low, high] = [aThing(), aThing()].toSorted((a, b) => (a.thingId < b.thingId ? -1 : 1));
      const worked: string[] = [];
      const work = (thing: typeof low, lockKey: string) =>
        service.publisher.producer.sendInTransaction(
          topic.made,
          thing ?? aThing(),
          async () => void worked.push(lockKey),
          { lockKey },
        );
      await asOneGroup(service, () => [work(low, 'second'), work(high, 'first')]);
      expect(worked).toEqual(['first', 'second']);
    });

    it('lets one bad member fail alone, with its own error and no row', async () => {
      const service = aService();
      const made = Array.from({ length: 6 }, () => aThing());
      const bad = new Error('not this one');
      const results = await asOneGroup(service, () =>
        made.map((thing, i) =>
          service.publisher.producer.sendInTransaction(topic.made, thing, async (tx) => {
            await insertThing(tx, thing);
            if (i === 1) throw bad;
            if (i === 2) await insertThing(tx, thing);
            if (i === 3) await tx.query('select 1 / 0').catch(() => undefined);
          }),
        ),
      );
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'rejected',
        'rejected',
        'fulfilled',
        'fulfilled',
      ]);
      expect(results[1]).toMatchObject({ reason: bad });
      expect(results[2]).toMatchObject({ reason: { code: '23505' } });
      expect(results[3]).toMatchObject({ reason: { code: 'MQ_STATEMENT_SWALLOWED' } });
      for (const [i, { thingId }] of made.entries()) {
        const there = i === 1 || i === 2 || i === 3 ? [] : [1];
        expect(await things(pool, thingId)).toEqual(there);
        expect(await logRows(pool, thingId)).toHaveLength(there.length);
      }
      expect(await service.count('mq_group_members_run_alone_total')).toBe(0);
    });

    it('leaves no decision at all when every member fails', async () => {
      const service = aService();
      const before = (await logRows(pool)).length;
      const results = await asOneGroup(service, () =>
        [1, 2, 3].map((n) =>
          service.publisher.producer.sendInTransaction(topic.made, aThing(), () =>
            Promise.reject(new Error(`no ${n}`)),
          ),
        ),
      );
      expect(results.map((result) => result.status === 'rejected' && String(result.reason))).toEqual([
        'Error: no 1',
        'Error: no 2',
        'Error: no 3',
      ]);
      // The two that kept the lane busy.
      expect(await logRows(pool)).toHaveLength(before + 2);
    });

    it('runs each member alone when one of them kills the connection', async () => {
      const service = aService();
      const made = Array.from({ length: 5 }, () => aThing());
      const results = await asOneGroup(service, () =>
        made.map((thing, i) =>
          service.publisher.producer.sendInTransaction(topic.made, thing, async (tx) => {
            await insertThing(tx, thing);
            if (i === 2) await tx.query('select pg_terminate_backend(pg_backend_pid())');
          }),
        ),
      );
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'fulfilled',
        'fulfilled',
      ]);
      for (const [i, { thingId }] of made.entries()) {
        expect(await things(pool, thingId)).toEqual(i === 2 ? [] : [1]);
        expect(await logRows(pool, thingId)).toHaveLength(i === 2 ? 0 : 1);
      }
      expect(await service.count('mq_group_members_run_alone_total')).toBe(5);
    });

    it('runs each member alone when the group dies at COMMIT', async () => {
      const service = aService();
      const made = Array.from({ length: 4 }, () => aThing());
      await database.owner.query(`
        create or replace function never_666() returns trigger language plpgsql as
          $$ begin if new.step = 666 then raise exception 'unlucky'; end if; return null; end $$;
        create constraint trigger never_666 after insert on thing deferrable initially deferred
          for each row execute function never_666()`);
      const steps = [1, 666, 3, 4];
      const results = await asOneGroup(service, () =>
        made.map((thing, i) =>
          service.publisher.producer.sendInTransaction(topic.made, thing, (tx) =>
            insertThing(tx, { ...thing, step: steps[i] ?? 0 }),
          ),
        ),
      );
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
      expect(results[1]).toMatchObject({ reason: { message: 'unlucky' } });
      await database.owner.query('drop trigger never_666 on thing');
    });

    it('keeps every member when the answer to the common COMMIT is lost', async () => {
      const service = aService();
      const made = Array.from({ length: 4 }, () => aThing());
      const results = await asOneGroup(service, () =>
        made.map((thing, i) =>
          service.publisher.producer.sendInTransaction(topic.made, thing, async (tx) => {
            await insertThing(tx, thing);
            if (i === 3) wire.trapCommit('answer-lost');
            return i;
          }),
        ),
      );
      expect(wire.trapped).toBe(true);
      expect(results.map((result) => result.status === 'fulfilled' && result.value)).toEqual([0, 1, 2, 3]);
      for (const { thingId } of made) expect(await logRows(pool, thingId)).toHaveLength(1);
    });

    it('runs every member again, alone, when the common COMMIT never arrived', async () => {
      const service = aService();
      const made = Array.from({ length: 4 }, () => aThing());
      const results = await asOneGroup(service, () =>
        made.map((thing, i) =>
          service.publisher.producer.sendInTransaction(topic.made, thing, async (tx) => {
            await insertThing(tx, thing);
            if (i === 3 && !wire.trapped) wire.trapCommit('never-arrives');
          }),
        ),
      );
      expect(results.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
      for (const { thingId } of made) {
        expect(await things(pool, thingId)).toEqual([1]);
        expect(await logRows(pool, thingId)).toHaveLength(1);
      }
    });

    it('runs a member alone that met a lock, so that it fails or not as it would have alone', async () => {
      const service = aService();
      const [locked, free] = [aThing(), aThing()];
      await insertRow(locked.thingId);
      const holder = await database.pool.connect();
      await holder.query('begin');
      await holder.query('select from thing where thing_id = $1 for update', [locked.thingId]);
      let tries = 0;
      const results = await asOneGroup(service, () => [
        service.publisher.producer.sendInTransaction(topic.made, locked, async (tx) => {
          if (++tries === 2) await holder.query('rollback');
          await tx.query('update thing set step = 7 where thing_id = $1', [locked.thingId]);
        }),
        service.publisher.producer.sendInTransaction(
          topic.made,
          free,
          async (tx) => void (await insertThing(tx, free)),
        ),
      ]);
      holder.release();
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
      expect(tries).toBe(2);
      expect(await things(pool, locked.thingId)).toEqual([7]);
      expect(await logRows(pool, locked.thingId)).toHaveLength(1);
    });

    const insertRow = (thingId: string) =>
      database.pool.query('insert into thing (thing_id, step) values ($1, 0)', [thingId]);

    it('does not wait for company: a lone request is a group of one', async () => {
      const service = aService();
      const thing = aThing();
      await service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
      const [row] = await logRows(pool, thing.thingId);
      expect(row?.id).toBe(row?.transaction_id);
    });

    it('does not let slow work hold everybody else up', async () => {
      const service = aService();
      let open: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      const slow = [1, 2].map(() => service.publisher.producer.sendInTransaction(topic.made, aThing(), () => gate));
      const thing = aThing();
      await service.publisher.producer.sendInTransaction(topic.made, thing, (tx) => insertThing(tx, thing));
      expect(await things(pool, thing.thingId)).toEqual([1]);
      open();
      await Promise.all(slow);
    });

    it('fails all at once, without running anybody alone, when the database is away', async () => {
      const service = aService();
      await service.publisher.producer.sendInTransaction(topic.made, aThing(), async () => undefined);
      wire.cut();
      const startedAt = performance.now();
      const results = await Promise.allSettled(
        Array.from({ length: 32 }, () =>
          service.publisher.producer.sendInTransaction(topic.made, aThing(), async () => undefined),
        ),
      );
      expect(results.every(({ status }) => status === 'rejected')).toBe(true);
      expect(performance.now() - startedAt).toBeLessThan(3_000);
    });

    it('loses and doubles nothing under a mixed crowd', async () => {
      const service = aService();
      const made = Array.from({ length: 300 }, (_, i) => aThing(i));
      const results = await Promise.allSettled(
        made.map((thing) =>
          service.publisher.producer.sendInTransaction(topic.made, thing, async (tx) => {
            await insertThing(tx, thing);
            if (thing.step % 7 === 0) throw new Error('seventh');
            return thing.step;
          }),
        ),
      );
      const { rows } = await pool.query<{ step: number }>(
        `select (body ->> 'step')::int as step from mq.transaction_log join thing on thing_id::text = message_key
         where message_key = any($1) order by 1`,
        [made.map(({ thingId }) => thingId)],
      );
      const kept = made.map(({ step }) => step).filter((step) => step % 7 !== 0);
      expect(rows.map(({ step }) => step)).toEqual(kept);
      expect(results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))).toEqual(kept);
      expect(await service.count('mq_transactions_total')).toBeLessThan(100);
    });
  });
});
