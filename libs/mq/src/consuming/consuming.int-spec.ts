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
  type StartOptions,
  type Started,
  type StepEchoed,
  type StepTaken,
} from './consuming.fixture.js';

const steps = stepsOn('mq-test-consuming-1');
const echoes = echoesOn('mq-test-consuming-2');
const group = 'mq-test-consuming-1';
const INSERT = {
  name: 'insert_effect',
  text: 'insert into effect (thing_id, step, event_id) values ($1, $2, $3)',
};

/** Applies a step once and echoes it always; `before` and `after` may fail. */
class StepHandler {
  constructor(
    readonly before: (step: StepTaken, delivery: Delivery) => void | Promise<void> = () => undefined,
    readonly after: (step: StepTaken) => void | Promise<void> = () => undefined,
  ) {}

  @On(steps.taken, { group })
  async take(step: StepTaken, tx: LocalTransaction, delivery: Delivery) {
    await this.before(step, delivery);
    const { thingId } = step;
    if (await tx.firstTime(delivery)) await tx.query(INSERT, [thingId, step.step, delivery.eventId]);
    await this.after(step);
    return reply(echoes.echoed, { thingId, step: step.step });
  }
}

class EchoHandler {
  readonly heard: { readonly echo: StepEchoed; readonly delivery: Delivery }[] = [];
  @On(echoes.echoed, { group: 'mq-test-consuming-2' })
  async hear(echo: StepEchoed, _: LocalTransaction, delivery: Delivery) {
    this.heard.push({ echo, delivery });
  }
  of(thingId: string): readonly { readonly echo: StepEchoed; readonly delivery: Delivery }[] {
    return this.heard.filter(({ echo }) => echo.thingId === thingId);
  }
}

/** A pseudo-random sequence that a seed replays (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('a consumer group', () => {
  let database: TestDatabase;
  let producer: RocketProducer;
  const started: Started[] = [];

  const start = async (options: Partial<StartOptions> & Pick<StartOptions, 'handlers'>): Promise<Started> => {
    const it = consumerOf({ pool: database.pool, producer, publishes: [echoes], ...options });
    started.push(it);
    await it.consumer.start();
    return it;
  };
  const effectsOf = async (thingId: string): Promise<number[]> => {
    const { rows } = await database.pool.query<{ step: number }>(
      'select step from effect where thing_id = $1 order by id',
      [thingId],
    );
    return rows.map(({ step }) => step);
  };
  const parkedRows = async (): Promise<number> => {
    const { rows } = await database.pool.query<{ n: number }>('select count(*)::int as n from mq.parked_message');
    return rows[0]?.n ?? 0;
  };

  beforeAll(async () => {
    database = await createDatabase({ migrations, setup: EFFECTS });
    producer = await startProducer([steps.topic.name, echoes.topic.name]);
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map(({ consumer }) => consumer.stop(5_000)));
    await database.owner.query('truncate mq.parked_message, mq.parked_key');
  });
  afterAll(async () => {
    await producer?.stop();
    await database?.drop();
  });

  it('keeps the order of every key while handlings fail before and after their commit', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
    const random = randomOf(seed);
    const keys = Array.from({ length: 40 }, () => randomUUID());
    // A third fails once: in the handler, or after the commit when the reply is due.
    const failing = new Map<string, 'handler' | 'reply'>();
    for (const key of keys) {
      for (let step = 1; step <= 10; step++) {
        if (random() < 1 / 3) failing.set(`${key} ${step}`, random() < 0.5 ? 'handler' : 'reply');
      }
    }
    const failOnce = (point: 'handler' | 'reply', name: string): void => {
      if (failing.get(name) !== point) return;
      failing.delete(name);
      throw new Error(`${name} fails once`);
    };
    const last = new Map<string, string>();
    const echo = new EchoHandler();
    const handler = new StepHandler(({ thingId, step }) => {
      last.set(thingId, `${thingId} ${step}`);
      failOnce('handler', `${thingId} ${step}`);
    });
    const reached = (point: string): void => {
      // Some key that is between its commit and its reply right now.
      const name = [...last.values()].find((candidate) => failing.get(candidate) === 'reply');
      if (point === 'consume.before-reply' && name) failOnce('reply', name);
    };
    await start({ handlers: [handler], reached });
    await start({ handlers: [echo], publishes: [] });
    for (let step = 1; step <= 10; step++) {
      await Promise.all(keys.map((thingId) => emit(producer, steps.taken, { thingId, step })));
    }
    const wanted = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    await eventually(
      async () => {
        for (const key of keys) {
          const firsts = [...new Set(echo.of(key).map((heard) => heard.echo.step))];
          expect({ seed, key, effects: await effectsOf(key), echoes: firsts }).toEqual({
            seed,
            key,
            effects: wanted,
            echoes: wanted,
          });
        }
      },
      { withinMs: 30_000 },
    );
    expect(await parkedRows()).toBe(0);
  });

  it('serves the other keys while one keeps failing, those on its queue after its retries at the latest', async () => {
    const sick = randomUUID();
    const others = Array.from({ length: 30 }, () => randomUUID());
    const handler = new StepHandler(({ thingId }) => {
      if (thingId === sick) throw new Error('always');
    });
    await start({ handlers: [handler] });
    // Warm: the first message of a fresh consumer takes a second.
    const warm = randomUUID();
    await emit(producer, steps.taken, { thingId: warm, step: 0 });
    await eventually(async () => expect(await effectsOf(warm)).toEqual([0]));

    await emit(producer, steps.taken, { thingId: sick, step: 1 });
    await Promise.all(others.map((thingId) => emit(producer, steps.taken, { thingId, step: 1 })));
    const sentAt = performance.now();
    await eventually(
      async () => {
        const { rows } = await database.pool.query('select 1 from effect where thing_id = any($1)', [others]);
        expect(rows).toHaveLength(others.length);
      },
      { withinMs: 6_000 },
    );
    // retryInLaneMs is 2 s; without parking it would be for ever.
    expect(performance.now() - sentAt).toBeLessThan(5_000);
    expect(await effectsOf(sick)).toEqual([]);
  });

  it('commits before it replies and replies before it acknowledges', async () => {
    const thingId = randomUUID();
    const order: string[] = [];
    const echo = new EchoHandler();
    const reached = async (point: string): Promise<void> => {
      const committed = await effectsOf(thingId);
      order.push(`${point} committed=${committed.length}`);
      if (point === 'consume.before-ack') await eventually(() => expect(echo.of(thingId)).toHaveLength(1));
    };
    await start({ handlers: [echo], publishes: [] });
    const { log } = await start({ handlers: [new StepHandler()], reached });
    await emit(producer, steps.taken, { thingId, step: 1 });
    await eventually(() => {
      const acked = log.lines.filter(({ phrase }) => phrase === 'message acknowledged');
      expect(acked).toHaveLength(1);
    });
    expect(order).toEqual([
      'consume.before-begin committed=0',
      'consume.after-handler committed=0',
      'consume.before-commit committed=0',
      'consume.after-commit committed=1',
      'consume.before-reply committed=1',
      'consume.before-ack committed=1',
    ]);
  });

  it.each(['consume.after-commit', 'consume.before-reply', 'consume.before-ack'])(
    'gives the same reply again when a consumer gets no further than %s',
    async (where) => {
      const thingId = randomUUID();
      const echo = new EchoHandler();
      let stuck = false;
      const reached = (point: string): Promise<void> | void => {
        if (point !== where) return;
        stuck = true;
        return new Promise(() => undefined);
      };
      await start({ handlers: [echo], publishes: [] });
      const first = await start({ handlers: [new StepHandler()], reached });
      const eventId = await emit(producer, steps.taken, { thingId, step: 1 });
      await eventually(() => expect(stuck).toBe(true));
      // Not again after the test: it would wait for what is stuck.
      started.splice(started.indexOf(first), 1);
      await first.consumer.stop(0);
      await start({ handlers: [new StepHandler()] });
      const replies = where === 'consume.before-ack' ? 2 : 1;
      await eventually(() => expect(echo.of(thingId)).toHaveLength(replies));
      expect(new Set(echo.of(thingId).map(({ delivery }) => delivery.eventId)).size).toBe(1);
      expect(echo.of(thingId)[0]?.delivery.causationId).toBe(eventId);
      expect(await effectsOf(thingId)).toEqual([1]);
    },
  );

  it('keeps a reply until there is a broker for it: no second handling, and no ack before', async () => {
    const thingId = randomUUID();
    const echo = new EchoHandler();
    const replies = await startProducer([echoes.topic.name]);
    let runs = 0;
    const handler = new StepHandler(({ thingId: id }) => {
      if (id === thingId) runs++;
    });
    await start({ handlers: [echo], publishes: [] });
    const { log } = await start({ handlers: [handler], producer: replies });
    const phrases = (): string[] =>
      log.lines.filter(({ facts }) => JSON.stringify(facts).includes(thingId)).map(({ phrase }) => phrase);
    try {
      await replies.stop();
      await emit(producer, steps.taken, { thingId, step: 1 });
      await eventually(async () => expect(await effectsOf(thingId)).toEqual([1]));
      await eventually(() => expect(log.lines.map(({ phrase }) => phrase)).toContain('reply not sent'));
      expect(phrases()).not.toContain('message acknowledged');
      await replies.start();
      await eventually(() => expect(echo.of(thingId)).toHaveLength(1));
      await eventually(() => expect(phrases().slice(-2)).toEqual(['reply sent', 'message acknowledged']));
      expect(runs).toBe(1);
    } finally {
      await replies.stop();
    }
  });

  it('retires the event that is answered in the transaction that applies the answer', async () => {
    const thingId = randomUUID();
    const ours = randomUUID();
    await database.pool.query(
      `insert into mq.transaction_log (id, transaction_id, decision, decided_by, event_type, topic, message_key, body, headers, next_attempt_at)
       values ($1, $1, 'COMMITTED', 'local', 'a.b', 't', 'k', '{}', '{}', clock_timestamp() + interval '1 hour')`,
      [ours],
    );
    const read = async (): Promise<unknown> => {
      const { rows } = await database.pool.query(
        'select acknowledged_at is not null as acknowledged, next_attempt_at is null as quiet from mq.transaction_log where id = $1',
        [ours],
      );
      return rows[0];
    };
    let failures = 0;
    const handler = new StepHandler(undefined, async () => {
      if (failures++ === 0) {
        expect(await read()).toEqual({ acknowledged: false, quiet: false });
        throw new Error('rolled back');
      }
    });
    await start({ handlers: [handler] });
    await emit(producer, steps.taken, { thingId, step: 1 }, { causationId: ours });
    await eventually(async () => expect(await read()).toEqual({ acknowledged: true, quiet: true }));
    expect(failures).toBe(2);
  });

  it('applies an event once that is delivered 37 times, and answers every delivery with the same reply', async () => {
    const thingId = randomUUID();
    const echo = new EchoHandler();
    await start({ handlers: [echo], publishes: [] });
    await start({ handlers: [new StepHandler()] });
    const id = randomUUID();
    await Promise.all(Array.from({ length: 37 }, () => emit(producer, steps.taken, { thingId, step: 1 }, { id })));
    await eventually(() => expect(echo.of(thingId)).toHaveLength(37));
    expect(new Set(echo.of(thingId).map(({ delivery }) => delivery.eventId)).size).toBe(1);
    expect(await effectsOf(thingId)).toEqual([1]);
  });

  it('stops under load within its drain time; what it had not begun goes to the next, nothing is parked', async () => {
    const things = Array.from({ length: 120 }, () => randomUUID());
    let handled = 0;
    const slow = new StepHandler(async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      handled++;
    });
    const first = await start({ handlers: [slow], concurrency: 4 });
    await Promise.all(things.map((thingId) => emit(producer, steps.taken, { thingId, step: 1 })));
    await eventually(() => expect(handled).toBeGreaterThan(20));
    const stoppedAt = performance.now();
    await first.consumer.stop(5_000);
    expect(performance.now() - stoppedAt).toBeLessThan(4_000);
    expect(handled).toBeLessThan(things.length);
    await start({ handlers: [new StepHandler()] });
    await eventually(async () => {
      const { rows } = await database.pool.query('select 1 from effect where thing_id = any($1)', [things]);
      expect(rows).toHaveLength(things.length);
    });
    expect(await parkedRows()).toBe(0);
  });
});
