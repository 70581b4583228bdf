import pg from 'pg';
import { Registry } from 'prom-client';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { eventually } from '../../../../test/support/eventually.js';
import { recordingLog } from '../../../../test/support/recording-log.js';
import { mqMigrations } from '../migrations.js';
import { newId } from '../transaction/event.js';
import { PgJournal, type JournalOptions } from './journal.js';
import { teller } from './step.js';

describe('the journal', () => {
  let database: TestDatabase;
  const journals: PgJournal[] = [];
  const registries = new WeakMap<PgJournal, Registry>();
  const log = recordingLog();

  beforeAll(async () => {
    database = await createDatabase({ migrations: mqMigrations });
  });
  afterEach(async () => {
    await Promise.all(journals.splice(0).map((journal) => journal.stop()));
    log.lines.length = 0;
  });
  afterAll(() => database.drop());

  function open(options: Partial<JournalOptions> = {}): PgJournal {
    const registry = new Registry();
    const journal = new PgJournal({ on: true, pool: database.pool, log, registry, ...options });
    journals.push(journal);
    registries.set(journal, registry);
    return journal;
  }
  const counted = async (journal: PgJournal, result: 'written' | 'dropped'): Promise<number> => {
    const metric = await registries.get(journal)?.getSingleMetric('mq_journal_steps_total')?.get();
    return metric?.values.find(({ labels }) => labels['result'] === result)?.value ?? 0;
  };
  const stepsOf = async (journal: PgJournal, key: string): Promise<string[]> =>
    (await journal.lifeOf(key)).steps.map(({ step }) => step);
  const rows = async (): Promise<number> =>
    Number((await database.owner.query('select count(*) from mq.journal')).rows[0].count);
  const record = (transactionId: string, key: string | null, decision: string, by: string, acknowledged = false) =>
    database.owner.query(
      `insert into mq.transaction_log
        (id, transaction_id, decision, decided_by, event_type, topic, message_key, body, headers, acknowledged_at)
       select $1, $1, $3, $4, type, type, $2::text, body, body, case when $5 then clock_timestamp() end
       from (select case when $2::text is not null then 'thing.made' end, case when $2::text is not null then '{}'::jsonb end)
         as thing (type, body)`,
      [transactionId, key, decision, by, acknowledged],
    );

  it('tells the life of a key, with the steps of its transactions that know no key', async () => {
    const journal = open();
    const tell = teller(log, journal.write);
    const [key, other, transactionId] = [newId(), newId(), newId()];
    tell('half message sent', { transactionId, keys: [key, other], messageId: 'half' });
    tell('check-back asked', { transactionId, messageId: 'half', attempt: 2 });
    tell('check-back answered', { transactionId, messageId: 'half', attempt: 2, verdict: 'commit' });
    tell('event received', { key: other, type: 'thing.made', messageId: 'theirs' });
    tell('event received', { key, type: 'thing.made', messageId: 'ours', attempt: 1 });
    tell('message parked', { key, type: 'thing.made', err: new Error('too early') });
    journal.tell('thing looked at', { key, detail: 'twice' });
    await eventually(async () => expect(await counted(journal, 'written')).toBe(8));

    const { steps, missing } = await journal.lifeOf(key);
    expect(missing).toBeUndefined();
    expect(steps.map(({ step, detail, messageId, attempt }) => [step, detail, messageId, attempt])).toEqual([
      ['half message sent', undefined, 'half', undefined],
      ['check-back asked', undefined, 'half', 2],
      ['check-back answered', 'commit', 'half', 2],
      ['event received', undefined, 'ours', 1],
      ['message parked', 'Error: too early', undefined, undefined],
      ['thing looked at', 'twice', undefined, undefined],
    ]);
    expect(new Set(steps.map(({ process: teller }) => teller?.split('@')[0]))).toEqual(new Set([String(process.pid)]));
    expect(log.lines.map(({ level, phrase }) => `${level} ${phrase}`)).toContain('warn message parked');
  });

  it('reads from the transaction log what a killed process has not told', async () => {
    const journal = open();
    const [key, committed, fenced] = [newId(), newId(), newId()];
    teller(log, journal.write)('half message sent', { transactionId: fenced, keys: [key] });
    await eventually(async () => expect(await counted(journal, 'written')).toBe(1));
    await record(fenced, null, 'ABORTED', 'check-back');
    await record(committed, key, 'COMMITTED', 'local', true);
    expect((await journal.lifeOf(key)).steps).toMatchObject([
      { step: 'half message sent', transactionId: fenced },
      { step: 'transaction aborted by tombstone', transactionId: fenced, detail: 'check-back' },
      { step: 'local transaction committed', transactionId: committed, eventType: 'thing.made' },
      { step: 'event acknowledged', transactionId: committed, detail: 'end to end' },
    ]);
  });

  it('knows the transaction that was decided under the key itself', async () => {
    const journal = open();
    const key = newId();
    await record(key, null, 'COMMITTED', 'local');
    expect((await journal.lifeOf(key)).steps).toMatchObject([
      { step: 'local transaction committed', transactionId: key },
    ]);
    teller(log, journal.write)('local transaction committed', { transactionId: key });
    await eventually(async () => expect(await counted(journal, 'written')).toBe(1));
    expect(await stepsOf(journal, key)).toEqual(['local transaction committed']);
    expect(await stepsOf(journal, newId())).toEqual([]);
  });

  it('does not say twice what was told and decided', async () => {
    const journal = open();
    const [key, transactionId] = [newId(), newId()];
    await record(transactionId, key, 'COMMITTED', 'local');
    teller(log, journal.write)('local transaction committed', { transactionId });
    await eventually(async () => expect(await counted(journal, 'written')).toBe(1));
    const { steps } = await journal.lifeOf(key);
    expect(steps).toMatchObject([{ step: 'local transaction committed', eventType: 'thing.made' }]);
    expect(steps[0]?.process).toBeDefined();
  });

  it('is bounded: the older half gives way, and a life says that it may have lost its beginning', async () => {
    await database.owner.query('truncate mq.journal');
    const journal = open({ mostBytes: 512 * 1024 });
    const key = newId();
    const told = 30_000;
    let most = 0;
    journal.tell('thing begun', { key });
    for (let i = 1; i <= told / 1_000; i++) {
      for (let j = 0; j < 1_000; j++) journal.tell('thing went on', { key: newId() });
      await eventually(async () => expect(await counted(journal, 'written')).toBe(i * 1_000 + 1));
      most = Math.max(most, await rows());
    }
    journal.tell('thing ended', { key });
    await eventually(async () => expect(await stepsOf(journal, key)).toEqual(['thing ended']));
    expect((await journal.lifeOf(key)).missing).toContain('has been overwritten');
    expect(most).toBeLessThan(told / 1.2);
    expect(await counted(journal, 'dropped')).toBe(0);
  });

  it('switched off writes nothing and costs a log line, and still knows what was decided', async () => {
    const journal = open({ on: false });
    const [key, transactionId] = [newId(), newId()];
    expect(journal.write).toBeUndefined();
    const before = await rows();
    journal.tell('thing begun', { key });
    await record(transactionId, key, 'COMMITTED', 'local');
    await journal.stop();
    journals.length = 0;
    expect(await rows()).toBe(before);
    expect(log.of('thing begun')).toHaveLength(1);
    const reader = open({ on: false });
    expect(await reader.lifeOf(key)).toMatchObject({
      steps: [{ step: 'local transaction committed' }],
      missing: 'the journal is switched off',
    });
  });

  it('keeps what it can while the table cannot be written, and counts what it cannot keep', async () => {
    const journal = open({ queued: 3 });
    const key = newId();
    await database.owner.query('alter table mq.journal rename to journal_away');
    try {
      for (let i = 0; i < 5; i++) journal.tell('thing begun', { key });
      await eventually(() => expect(log.of('journal not written, steps wait in memory')).toHaveLength(1));
    } finally {
      await database.owner.query('alter table mq.journal_away rename to journal');
    }
    expect(await counted(journal, 'dropped')).toBe(2);
    await eventually(async () => expect(await stepsOf(journal, key)).toHaveLength(3));
  });

  it('never hinders anybody while the database is away, and ends in time', async () => {
    const pool = new pg.Pool({ host: '127.0.0.1', port: 9, user: 'halfway_app', database: 'nobody' });
    const journal = open({ pool, queued: 100 });
    for (let i = 0; i < 10_000; i++) journal.tell('thing begun', { key: newId() });
    await journal.stop();
    journals.length = 0;
    expect(await counted(journal, 'dropped')).toBe(10_000);
    await pool.end();
  });

  it('drops a batch that PostgreSQL can never take, and goes on', async () => {
    const journal = open();
    const key = newId();
    // Half a character, as a stranger's text may have it, is made storable; an attempt beyond int is nobody's text.
    journal.tell('thing begun', { key, detail: 'a \u0000 and \ud800' });
    await eventually(async () => expect(await stepsOf(journal, key)).toHaveLength(1));
    journal.tell('thing counted', { key, attempt: 2 ** 40 });
    await eventually(async () => expect(await counted(journal, 'dropped')).toBe(1));
    journal.tell('thing ended', { key });
    await eventually(async () => expect(await stepsOf(journal, key)).toEqual(['thing begun', 'thing ended']));
  });

  it('writes at a stop what is still queued', async () => {
    const journal = open();
    const key = newId();
    for (let i = 0; i < 3; i++) journal.tell('thing begun', { key });
    await journal.stop();
    journals.length = 0;
    expect(await stepsOf(open(), key)).toHaveLength(3);
  });
});
