import { DataSource } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { OrderServiceUnderTest } from '../order.fixture-spec.js';
import { migrations } from './data-source.js';
import { ormOptions } from './orm-options.js';

describe('the order database', () => {
  let database: TestDatabase;
  let source: DataSource;
  beforeAll(async () => {
    database = await createDatabase();
    source = new DataSource({ ...ormOptions(database.ownerUrl), migrations });
    await source.initialize();
    await source.runMigrations({ transaction: 'each' });
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('is what the row classes say: a generated migration would be empty', async () => {
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('is migrated once', async () => {
    expect(await source.runMigrations()).toEqual([]);
  });

  it.each([
    'create table mine (id int)',
    'drop table orders',
    'delete from orders',
    'truncate idempotency',
    'update orders set amount_minor = 1',
    "update orders set expires_at = now() + interval '1 year'",
    "update idempotency set answer = ''",
    'update order_line set quantity = 1',
    'update payment set amount_minor = 1',
    'delete from payment',
    'delete from return_intent',
    'update return_intent set created_at = now()',
    "update mq.transaction_log set decision = 'ABORTED'",
  ])('does not let the service: %s', async (sql) => {
    await expect(database.pool.query(sql)).rejects.toMatchObject({ code: '42501' });
  });

  it('goes back and forth, and the service does not start without its tables', async () => {
    await source.undoLastMigration();
    await expect(OrderServiceUnderTest.on(database)).rejects.toMatchObject({ code: '42P01' });
    await source.undoLastMigration();
    expect((await database.owner.query(`select to_regclass('orders') as found`)).rows).toEqual([{ found: null }]);
    await source.runMigrations();
  });
});
