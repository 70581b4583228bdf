import { runMigrations } from '@halfway/service';
import { migrationUrl } from './migration-url.js';

await runMigrations({
  name: 'order',
  variable: 'ORDER_MIGRATION_DATABASE_URL',
  url: () => migrationUrl(),
  lock: 4_730_001,
  dataSource: async () => (await import('./data-source.js')).default,
});
