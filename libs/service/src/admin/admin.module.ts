import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Logger } from 'pino';
import type { AdminConfig } from './admin-config.js';
import { AdminListener } from './admin-listener.js';
import type { AdminRoute } from './admin-route.js';

export interface AdminAsyncOptions extends Pick<ModuleMetadata, 'imports'>, Pick<FactoryProvider, 'inject'> {
  /** Undefined: nothing listens, and nothing is made. */
  readonly admin: AdminConfig | undefined;
  readonly logger: Logger;
  readonly useFactory: (...injected: never[]) => readonly AdminRoute[];
}

/**
 * The admin listener of a service. It listens before the service does, and is there until everything has drained: also a stop
 * that hangs can be looked at. What its routes use must outlive it: import its module, as the messaging does.
 */
@Module({})
export class AdminModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(AdminListener) private readonly listener: AdminListener) {}

  static forRootAsync({ admin, logger, imports = [], inject, useFactory }: AdminAsyncOptions): DynamicModule {
    if (!admin) return { module: NoAdminModule };
    const listener = {
      provide: AdminListener,
      inject,
      useFactory: (...injected: never[]) => new AdminListener(admin, useFactory(...injected), logger),
    };
    return { module: AdminModule, imports, providers: [listener] };
  }

  /** Which port it took, when it was told 0. */
  get port(): number {
    return this.listener.port;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.listener.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.listener.stop();
  }
}

@Module({})
class NoAdminModule {}
