import { createLogger, type RunOptions } from '@halfway/service';
import type { Registry } from 'prom-client';
import { orderConfig } from './order.config.js';
import { OrderModule } from './order.module.js';
import type { Logger } from './tokens.js';

/** The service as `main.ts` runs it and as tests start it. */
export function orderService(environment: NodeJS.ProcessEnv, given?: Logger, registry?: Registry): RunOptions {
  const config = orderConfig(environment);
  const logger = given ?? createLogger({ name: 'order', level: config.logLevel });
  return {
    name: 'order',
    module: OrderModule.with(config, logger, registry),
    logger,
    port: config.port,
    title: 'halfway: orders',
    description:
      'Takes orders, prices them, and has their stock reserved, sold or given back through RocketMQ half messages. ' +
      'Amounts are whole minor units (cents). Every error is application/problem+json with a stable `code`.',
    version: '1',
  };
}
