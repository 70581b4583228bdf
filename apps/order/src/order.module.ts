import { orderEvents, orderTimeouts, stockReturns } from '@halfway/contracts';
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
import { register, type Registry } from 'prom-client';
import { CancelOrderController } from './cancel-order/cancel-order.controller.js';
import { CancelOrder } from './cancel-order/cancel-order.js';
import { ExpireOrder } from './expire-order/expire-order.js';
import { ExpireOverdueOrders } from './expire-order/expire-overdue-orders.js';
import { OrderExpiringHandler } from './expire-order/order-expiring.handler.js';
import type { OrderConfig } from './order.config.js';
import { PayOrderController } from './pay-order/pay-order.controller.js';
import { PayOrder } from './pay-order/pay-order.js';
import { PaymentProvider, SimulatedProvider } from './pay-order/payment-provider.js';
import { RefundPayments } from './pay-order/refund-payments.js';
import { Database } from './persistence/database.js';
import { PersistenceModule } from './persistence/persistence.module.js';
import { PaymentTimer } from './place-order/payment-timer.js';
import { PlaceOrderController } from './place-order/place-order.controller.js';
import { PlaceOrder } from './place-order/place-order.js';
import { InventoryClient } from './place-order/return-on-failure/inventory-client.js';
import { PlaceWithReturn } from './place-order/return-on-failure/place-with-return.js';
import { ReturnStockCheckBack } from './place-order/return-on-failure/return-stock.check-back.js';
import { RETURN_TIMINGS, returnTimings } from './place-order/return-on-failure/return-timings.js';
import { StockReturnedHandler } from './place-order/return-on-failure/stock-returned.handler.js';
import { SweepReturns } from './place-order/return-on-failure/sweep-returns.js';
import { PriceListController } from './price-list/price-list.controller.js';
import { SettleOrder } from './settle-order/settle-order.js';
import { StockAnswersHandler } from './settle-order/stock-answers.handler.js';
import { INVENTORY_URL, LOGGER, type Logger, PAYMENT_WINDOW, REACHED } from './tokens.js';
import { ViewOrderController } from './view-order/view-order.controller.js';
import { InventoryTimeline } from './view-timeline/inventory-timeline.js';
import { ViewTimelineController } from './view-timeline/view-timeline.controller.js';

/** Over HTTP. */
const SERVES = [
  PlaceOrderController, //  POST /orders
  ViewOrderController, //   GET  /orders/:orderId, GET /orders
  ViewTimelineController, // GET /orders/:orderId/timeline
  PayOrderController, //    POST /orders/:orderId/payments
  CancelOrderController, // POST /orders/:orderId/cancellation
  PriceListController, //   PUT, GET /products/:sku
];

/** Order placed, paid, cancelled, in order per order; the alarm clock of its payment window; and what undoes a deduction. */
const PUBLISHES = [orderEvents, orderTimeouts, stockReturns];

/** What the inventory answers (group `order`), and its own alarms (group `order-expire-order`). */
const SUBSCRIBES = [
  StockAnswersHandler, //  stock.reserved, stock.refused, stock.released, stock.sold
  StockReturnedHandler, // stock.returned
  OrderExpiringHandler, // order.expiring
];

/** The broker's question about a half message of ours that it heard nothing about. */
const ANSWERS = [ReturnStockCheckBack]; // stock.return

const USE_CASES = [
  PlaceOrder,
  PlaceWithReturn,
  InventoryClient,
  PaymentTimer,
  SettleOrder,
  PayOrder,
  CancelOrder,
  ExpireOrder,
];

/** What nobody asks for: ends orders whose alarm was lost, asks stock back whose half message was, sends money back. */
const JOBS = [ExpireOverdueOrders, SweepReturns, RefundPayments];

const PROBLEMS = {
  ORDER_NOT_FOUND: 404,
  PRODUCT_NOT_FOUND: 404,
  UNKNOWN_SKU: 422,
  MIXED_CURRENCIES: 422,
  AMOUNT_TOO_LARGE: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  IDEMPOTENCY_KEY_IN_FLIGHT: { status: 409, retryAfterSeconds: 1 },
  ORDER_PENDING: { status: 409, retryAfterSeconds: 1 },
  ORDER_NOT_CANCELLABLE: 409,
  PAYMENT_ID_REUSED: 422,
  INVENTORY_UNAVAILABLE: { status: 503, retryAfterSeconds: 1 },
  ATTEMPT_GIVEN_UP: { status: 503, retryAfterSeconds: 1 },
  ORDER_CONTENDED: { status: 503, retryAfterSeconds: 1 },
  MQ_TRANSACTION_FENCED: {
    status: 503,
    retryAfterSeconds: 1,
    detail: 'It took too long and was undone. Repeat the request with the same Idempotency-Key.',
  },
};

@Module({})
export class OrderModule {
  /** @param registry where metrics go; default prom-client's global one. */
  static with(
    { databaseUrl, broker, inventoryUrl, paymentWindowMs, journal, timings, admin, faults }: OrderConfig,
    logger: Logger,
    registry: Registry = register,
  ): DynamicModule {
    // The messaging imports it, so that the pool outlives the draining of messages.
    const persistence = PersistenceModule.at(databaseUrl, logger);
    return {
      module: OrderModule,
      imports: [
        persistence,
        MqModule.forRootAsync({
          imports: [persistence],
          inject: [Database],
          useFactory: (pool: Database) => ({
            source: 'order',
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
        ...ANSWERS,
        ...USE_CASES,
        ...JOBS,
        InventoryTimeline,
        { provide: PaymentProvider, useClass: SimulatedProvider },
        { provide: LOGGER, useValue: logger },
        { provide: PAYMENT_WINDOW, useValue: paymentWindowMs },
        { provide: INVENTORY_URL, useValue: inventoryUrl },
        { provide: RETURN_TIMINGS, useValue: returnTimings(timings) },
        { provide: REACHED, useValue: faults?.reached },
        provideProblems(PROBLEMS),
      ],
    };
  }
}
