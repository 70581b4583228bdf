import { type DynamicModule, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Database, openDatabase } from './database.js';
import { ormOptions } from './orm-options.js';
import { ReservationRepository } from './reservation.repository.js';
import { StockRepository } from './stock.repository.js';

const REPOSITORIES = [ReservationRepository, StockRepository];

/** The inventory database, twice: a bare pool for what is hot, TypeORM for what people ask. */
@Module({})
export class PersistenceModule implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  static at(url: string, log: { warn(facts: object, phrase: string): void }): DynamicModule {
    return {
      module: PersistenceModule,
      global: true,
      // No retries: without its database the service says so and ends; whoever runs it starts it again.
      imports: [TypeOrmModule.forRoot({ ...ormOptions(url), retryAttempts: 0 })],
      providers: [{ provide: Database, useFactory: () => openDatabase(url, log) }, ...REPOSITORIES],
      exports: [Database, ...REPOSITORIES],
    };
  }

  /** Before a message is taken: without its tables every one of them would fail, be parked, and end in quarantine. */
  async onModuleInit(): Promise<void> {
    await this.database.query('select from stock, reservation, reservation_line, stock_ledger, stock_receipt limit 0');
  }

  /** Last of all: requests and consumers have ended by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.database.end();
  }
}
