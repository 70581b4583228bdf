import { surviveConnectionLoss } from '@halfway/mq';
import type { DataSourceOptions } from 'typeorm';
import { OrderLineRow } from './order-line.row.js';
import { OrderRow } from './order.row.js';
import { PaymentRow } from './payment.row.js';
import { ProductRow } from './product.row.js';

export const ROWS = [OrderRow, OrderLineRow, PaymentRow, ProductRow];

/** Reads that are not hot share few connections. */
const CONNECTIONS = 3;

export function ormOptions(url: string): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities: ROWS,
    poolSize: CONNECTIONS,
    connectTimeoutMS: 3_000,
    applicationName: 'halfway-order-reads',
    extra: { statement_timeout: 3_000, onConnect: surviveConnectionLoss },
    migrationsTableName: 'typeorm_migration',
    // Schema changes are migrations, run by a command as the owner; the service has no right to make any.
    synchronize: false,
    migrationsRun: false,
  };
}
