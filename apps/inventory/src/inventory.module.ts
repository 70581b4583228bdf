import { inventoryEvents } from '@halfway/contracts';
import { MqHealth, MqModule, Quarantine } from '@halfway/mq';
import {
  AdminModule,
  brokerCheck,
  databaseCheck,
  faultRoutes,
  HealthModule,
  provideProblems,
  quarantineRoutes,
} from '@halfway/service';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { InventoryConfig } from './inventory.config.js';
import { Database } from './persistence/database.js';
import { PersistenceModule } from './persistence/persistence.module.js';
import { ReceiveStockController } from './receive-stock/receive-stock.controller.js';
import { ReceiveStock } from './receive-stock/receive-stock.js';
import { OrderCancelledHandler } from './release-stock/order-cancelled.handler.js';
import { ReturnStockHandler } from './release-stock/return-stock.handler.js';
import { ReleaseStock } from './release-stock/release-stock.js';
import { OrderPlacedHandler } from './reserve-stock/order-placed.handler.js';
import { ReserveStockController } from './reserve-stock/reserve-stock.controller.js';
import { ReserveStock } from './reserve-stock/reserve-stock.js';
import { OrderPaidHandler } from './sell-stock/order-paid.handler.js';
import { SellStock } from './sell-stock/sell-stock.js';
import { REACHED } from './tokens.js';
import { ViewStockController } from './view-stock/view-stock.controller.js';
import { ViewTimelineController } from './view-timeline/view-timeline.controller.js';

/** Over HTTP. */
const SERVES = [
  ReserveStockController, // POST /reservations
  ReceiveStockController, // POST /stock/:sku/receipts
  ViewStockController, //    GET  /stock, GET /stock/:sku, GET /reservations/:orderId
  ViewTimelineController, // GET  /reservations/:orderId/timeline
];

/** What it decided about an order: stock.reserved, stock.refused, stock.sold, stock.released, stock.returned. Always as a reply. */
const PUBLISHES = [inventoryEvents];

/** What happens to an order, in group `inventory`; and what never became one, in group `inventory-return-stock`. */
const SUBSCRIBES = [
  OrderPlacedHandler, //    order.placed    → reserve all lines or none
  OrderPaidHandler, //      order.paid      → sell what is reserved
  OrderCancelledHandler, // order.cancelled → give back what is reserved, or leave a tombstone
  ReturnStockHandler, //    stock.return    → the same
];

const USE_CASES = [ReserveStock, SellStock, ReleaseStock, ReceiveStock];

const PROBLEMS = {
  STOCK_NOT_FOUND: 404,
  RESERVATION_NOT_FOUND: 404,
  RESERVATION_RELEASED: 409,
  RESERVATION_CONFLICT: 422,
  RECEIPT_CONFLICT: 422,
  STOCK_TOO_LARGE: 422,
};

@Module({})
export class InventoryModule {
  static with(
    { databaseUrl, broker, journal, timings, admin, faults }: InventoryConfig,
    logger: Logger,
  ): DynamicModule {
    // Not the global one: two instances in one process would count into each other.
    const registry = new Registry();
    // The messaging imports it, so that the pool outlives the draining of messages.
    const persistence = PersistenceModule.at(databaseUrl, logger);
    return {
      module: InventoryModule,
      imports: [
        persistence,
        MqModule.forRootAsync({
          imports: [persistence],
          inject: [Database],
          useFactory: (pool: Database) => ({
            source: 'inventory',
            connection: broker,
            pool,
            publishes: PUBLISHES,
            log: logger,
            registry,
            journal,
            ...(timings ? { timings } : {}),
            ...(faults ? { reached: faults.reached } : {}),
          }),
        }),
        HealthModule.forRootAsync({
          registry,
          inject: [Database, MqHealth],
          useFactory: (database: Database, messaging: MqHealth) => [databaseCheck(database), brokerCheck(messaging)],
        }),
        AdminModule.forRootAsync({
          admin,
          logger,
          imports: [persistence],
          inject: [Quarantine],
          useFactory: (quarantine: Quarantine) => [...faultRoutes(faults), ...quarantineRoutes(quarantine)],
        }),
      ],
      controllers: SERVES,
      providers: [
        ...SUBSCRIBES,
        ...USE_CASES,
        { provide: REACHED, useValue: faults?.reached },
        provideProblems(PROBLEMS),
      ],
    };
  }
}
