import helmet from '@fastify/helmet';
import { type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { register, type Registry } from 'prom-client';
import { METRICS_REGISTRY } from './health/health.controller.js';
import { createAdapter } from './http/adapter.js';
import { addHooks } from './http/hooks.js';
import { type Described, SECURITY_HEADERS, serveOpenApi } from './http/open-api.js';
import { NestLog } from './logger.js';
import { ProblemCodes } from './problems/problem-codes.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { requestValidation } from './problems/validation.js';

export interface ServiceOptions extends Described {
  /** Short name of the service, e.g. `order`. */
  readonly name: string;
  readonly module: Type | DynamicModule;
  readonly logger: Logger;
}

/**
 * A service ready to listen or to `inject()` into: validation, problem+json, security headers, request ids, OpenAPI.
 * Its module lists what is its own: routes, `provideProblems`, `HealthModule`.
 * @throws whatever a provider throws while it starts; nothing is printed, nothing exits. What a provider's constructor or
 * factory had opened by then stays open: end the process, as `runService` does.
 */
export async function createService(options: ServiceOptions): Promise<NestFastifyApplication> {
  const { logger } = options;
  let filter = new ProblemFilter(new ProblemCodes(), logger);
  const adapter = createAdapter({ logger, refuse: (error, request, reply) => filter.answer(error, request, reply) });
  const app = await NestFactory.create<NestFastifyApplication>(options.module, adapter, {
    logger: new NestLog(logger),
    abortOnError: false,
    bodyParser: false,
  });
  try {
    filter = new ProblemFilter(optional<ProblemCodes>(app, ProblemCodes) ?? new ProblemCodes(), logger);
    await app.register(helmet, SECURITY_HEADERS);
    addHooks(adapter.getInstance(), logger, registryOf(app));
    app.useGlobalPipes(requestValidation());
    app.useGlobalFilters(filter);
    serveOpenApi(app, options);
    await app.init();
    await adapter.getInstance().ready();
    return app;
  } catch (error) {
    // What started before the failure must not keep the process (or a test) alive.
    await app.close();
    throw error;
  }
}

/** What `/metrics` of the service shows. */
export function registryOf(app: NestFastifyApplication): Registry {
  return optional<Registry>(app, METRICS_REGISTRY) ?? register;
}

function optional<T>(app: NestFastifyApplication, token: Type | symbol): T | undefined {
  try {
    return app.get<T>(token, { strict: false });
  } catch {
    // Nest has no other way to ask; a module without problem codes or health routes is fine.
    return undefined;
  }
}
