import { type DynamicModule, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Database, openDatabase } from './database.js';
import { ExpiryRepository } from './expiry.repository.js';
import { OrderReader } from './order.reader.js';
import { OrderRepository } from './order.repository.js';
import { ormOptions, ROWS } from './orm-options.js';
import { PaymentRepository } from './payment.repository.js';
import { RefundRepository } from './refund.repository.js';
import { ReturnIntentRepository } from './return-intent.repository.js';

const REPOSITORIES = [
  ExpiryRepository,
  OrderReader,
  OrderRepository,
  PaymentRepository,
  RefundRepository,
  ReturnIntentRepository,
];

/** The order database, twice: a bare pool for what is hot, TypeORM for what is not. */
@Module({})
export class PersistenceModule implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  static at(url: string, log: { warn(facts: object, phrase: string): void }): DynamicModule {
    const rows = TypeOrmModule.forFeature(ROWS);
    return {
      module: PersistenceModule,
      global: true,
      // No retries: a service that cannot reach its database says so and ends, and whoever runs it starts it again.
      imports: [TypeOrmModule.forRoot({ ...ormOptions(url), retryAttempts: 0 }), rows],
      providers: [{ provide: Database, useFactory: () => openDatabase(url, log) }, ...REPOSITORIES],
      exports: [Database, rows, ...REPOSITORIES],
    };
  }

  /** Before a request or a message is taken: without its tables every one of them would fail. */
  async onModuleInit(): Promise<void> {
    await this.database.query('select from orders, order_line, payment, product, idempotency, return_intent limit 0');
  }

  /** Last of all: requests, consumers and jobs have ended by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.database.end();
  }
}
