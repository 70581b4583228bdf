import { mqMigrations } from '@halfway/mq';
import { readEnvironment } from '@halfway/service';
import { DataSource } from 'typeorm';
import { migrationUrl } from './database-url.js';
import { CreateStock1790000100000 } from './migrations/1790000100000-create-stock.js';
import { ormOptions } from './orm-options.js';

/** In their order; the library's own tables live in the schema `mq` of the same database. */
export const migrations = [...mqMigrations, CreateStock1790000100000];

/** As the owner of the tables: for `migrate.js` and TypeORM's command line, never for the service. */
export default new DataSource({ ...ormOptions(readEnvironment(migrationUrl)), migrations });
