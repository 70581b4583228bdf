import { mqMigrations } from '@halfway/mq';
import { DataSource } from 'typeorm';
import { migrationUrl } from './migration-url.js';
import { Orders1764000100000 } from './migrations/0001-orders.js';
import { ormOptions } from './orm-options.js';

/** For TypeORM's command line and for `migrate.js`; the service itself opens no connection as the owner. */
export default new DataSource({
  ...ormOptions(migrationUrl()),
  migrations: [...mqMigrations, Orders1764000100000],
});
