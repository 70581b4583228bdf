import { surviveConnectionLoss } from '@halfway/mq';
import type { DataSourceOptions } from 'typeorm';
import { ReservationLineRow, ReservationRow } from './reservation.row.js';
import { StockLedgerRow, StockReceiptRow } from './stock-ledger.row.js';
import { StockRow } from './stock.row.js';

/** Listed, never found by a pattern: what is not imported does not exist. */
const entities = [StockRow, ReservationRow, ReservationLineRow, StockLedgerRow, StockReceiptRow];

/** TypeORM serves what people ask; four connections of its own keep them from waiting behind the messages. */
export function ormOptions(url: string) {
  return {
    type: 'postgres',
    url,
    entities,
    poolSize: 4,
    connectTimeoutMS: 3_000,
    applicationName: 'halfway-inventory-views',
    migrationsTableName: 'typeorm_migration',
    extra: {
      statement_timeout: 3_000,
      lock_timeout: 1_000,
      idle_in_transaction_session_timeout: 5_000,
      onConnect: surviveConnectionLoss,
    },
  } as const satisfies DataSourceOptions;
}
