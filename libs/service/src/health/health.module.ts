import { type DynamicModule, Module, type ModuleMetadata, type FactoryProvider } from '@nestjs/common';
import { register, type Registry } from 'prom-client';
import type { HealthCheck } from './health-check.js';
import { HEALTH_CHECKS, HealthController, METRICS_REGISTRY, MetricsController } from './health.controller.js';

export interface HealthOptions {
  readonly checks: readonly HealthCheck[];
  /** What `/metrics` shows; default prom-client's global registry. */
  readonly registry?: Registry;
}

export interface HealthAsyncOptions extends Pick<ModuleMetadata, 'imports'>, Pick<FactoryProvider, 'inject'> {
  readonly useFactory: (...injected: never[]) => HealthOptions['checks'];
  readonly registry?: Registry;
}

/** `GET /health/live`, `GET /health/ready` and `GET /metrics`. */
@Module({})
export class HealthModule {
  static forRoot({ checks, registry }: HealthOptions): DynamicModule {
    return HealthModule.forRootAsync({ useFactory: () => checks, registry });
  }

  /** With checks that need something injected, e.g. the pool. */
  static forRootAsync({ imports, inject, useFactory, registry }: HealthAsyncOptions): DynamicModule {
    return {
      module: HealthModule,
      imports,
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: HEALTH_CHECKS, inject, useFactory },
        { provide: METRICS_REGISTRY, useValue: registry ?? register },
      ],
    };
  }
}
