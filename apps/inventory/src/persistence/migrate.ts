import { readEnvironment, runMigrations } from '@halfway/service';
import { migrationUrl } from './database-url.js';

await runMigrations({
  name: 'inventory',
  variable: 'INVENTORY_MIGRATION_DATABASE_URL',
  url: () => readEnvironment(migrationUrl),
  lock: 4_730_002,
  dataSource: async () => (await import('./data-source.js')).default,
});
