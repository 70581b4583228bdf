import { mqMigrations } from '@halfway/mq';
import { DataSource } from 'typeorm';
import { migrationUrl } from './migration-url.js';
import { Orders1764000100000 } from './migrations/0001-orders.js';
import { ReturnIntents1764000200000 } from './migrations/0002-return-intents.js';
import { ormOptions } from './orm-options.js';

/** In their order; the library's own tables live in the schema `mq` of the same database. */
export const migrations = [...mqMigrations, Orders1764000100000, ReturnIntents1764000200000];

/** For TypeORM's command line and for `migrate.js`; the service itself opens no connection as the owner. */
export default new DataSource({
  ...ormOptions(migrationUrl()),
  migrations,
});
