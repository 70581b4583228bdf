import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { Quarantine } from './consuming/quarantine.js';
import { Journal } from './journal/journal.js';
import { MQ_OPTIONS, type MqOptions } from './mq.config.js';
import { LocalTransactions, Producer } from './producer.js';
import { MqHealth } from './registry/health.js';
import { MqRuntime } from './registry/runtime.js';

export interface MqAsyncOptions {
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: FactoryProvider['inject'];
  // Nest's own signature: what is injected is known only where `inject` is written.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly useFactory: (...injected: any[]) => MqOptions | Promise<MqOptions>;
}

/**
 * `MqModule.forRootAsync({ … })` once per service, in its root module. Everywhere injectable then: `Producer`,
 * `LocalTransactions`, `Quarantine`, `Journal`, `MqHealth`. Handlers are found on all providers (`@On`, `@OnBatch`).
 *
 * Consuming starts in onApplicationBootstrap, before HTTP listens. At shutdown consumers begin to stop before HTTP closes and
 * both drain together; the pool must outlive that: end it after `app.close()`, or in a provider's onApplicationShutdown of a
 * module that this one imports.
 */
@Module({})
export class MqModule implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    @Inject(MqRuntime) private readonly runtime: MqRuntime,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
  ) {}

  static forRoot(options: MqOptions): DynamicModule {
    return MqModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: MqAsyncOptions): DynamicModule {
    return {
      module: MqModule,
      global: true,
      imports: [DiscoveryModule, ...imports],
      providers: [
        { provide: MQ_OPTIONS, inject, useFactory },
        { provide: MqRuntime, inject: [MQ_OPTIONS], useFactory: (options: MqOptions) => new MqRuntime(options) },
        { provide: Producer, inject: [MqRuntime], useFactory: ({ publisher }: MqRuntime) => publisher.producer },
        {
          provide: LocalTransactions,
          inject: [MqRuntime],
          useFactory: ({ publisher }: MqRuntime) => publisher.localTransactions,
        },
        { provide: Quarantine, inject: [MqRuntime], useFactory: ({ quarantine }: MqRuntime) => quarantine },
        { provide: Journal, inject: [MqRuntime], useFactory: ({ journal }: MqRuntime) => journal },
        { provide: MqHealth, inject: [MqRuntime], useFactory: (runtime: MqRuntime) => new MqHealth(runtime) },
      ],
      exports: [Producer, LocalTransactions, Quarantine, Journal, MqHealth],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.runtime.start(this.discovery);
  }

  /** Not awaited: while HTTP finishes its requests, consumers finish theirs, so both fit into one drain time. */
  beforeApplicationShutdown(): void {
    void this.runtime.stopConsuming();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.runtime.stop();
  }
}
