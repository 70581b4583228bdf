import { DataSource } from 'typeorm';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { migrations } from './data-source.js';
import { ormOptions } from './orm-options.js';

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await createDatabase();
  dataSource = await new DataSource({ ...ormOptions(database.ownerUrl), migrations }).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const drift = async () => (await dataSource.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);

it('brings an empty database up to date, once, and leaves the entities nothing to wish for', async () => {
  expect(await dataSource.runMigrations({ transaction: 'each' })).toHaveLength(migrations.length);
  expect(await dataSource.runMigrations()).toEqual([]);
  expect(await drift()).toEqual([]);
});

it('shows a difference between entities and tables, so that the test above can fail', async () => {
  await database.owner.query('alter table stock drop constraint stock_sold_check');
  expect(await drift()).toEqual([expect.stringContaining('stock_sold_check')]);
  await database.owner.query('alter table stock add constraint stock_sold_check check (sold >= 0)');
});

it('can be taken back', async () => {
  await dataSource.undoLastMigration({ transaction: 'each' });
  const { rows } = await database.owner.query(`select tablename from pg_tables where schemaname = 'public'`);
  expect(rows).toEqual([{ tablename: 'typeorm_migration' }]);
});

it.each([
  ['negative stock', `insert into stock (sku, total, available) values ('x', -1, -1)`],
  ['a piece in no place', `insert into stock (sku, total, available) values ('x', 2, 1)`],
  ['an unknown state', `insert into reservation (order_id, state) values (gen_random_uuid(), 'LOST')`],
  ['a refusal without reason', `insert into reservation (order_id, state) values (gen_random_uuid(), 'REFUSED')`],
  ['a line of nothing', `insert into reservation_line values (gen_random_uuid(), 'x', 0)`],
  [
    'an entry on the wrong accounts',
    `insert into stock_ledger (order_id, sku, kind, quantity, debit, credit)
     values (gen_random_uuid(), 'x', 'SELL', 1, 'RESERVED', 'SOLD')`,
  ],
])('refuses %s', async (_, statement) => {
  await dataSource.runMigrations({ transaction: 'each' });
  await expect(database.owner.query(statement)).rejects.toMatchObject({ code: '23514' });
});
