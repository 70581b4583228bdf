import { ConsumingSchema1764000001000 } from './consuming/schema.js';
import { JournalSchema1764000002000 } from './journal/schema.js';
import { TransactionLog1764000000000 } from './transaction/schema.js';

/**
 * TypeORM migrations of schema `mq`, for the `migrations` of a service's data source, before its own. To be run by the
 * role that owns the database; they grant what is needed to the role `halfway_app` if there is one.
 */
export const mqMigrations = [
  TransactionLog1764000000000,
  ConsumingSchema1764000001000,
  JournalSchema1764000002000,
] as const;
