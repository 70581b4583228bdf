import { createLogger, type RunOptions } from '@halfway/service';
import type { Logger } from 'pino';
import { inventoryConfig } from './inventory.config.js';
import { InventoryModule } from './inventory.module.js';

/** The service as `main.ts` runs it and as tests inject into it. */
export function inventoryService(environment: NodeJS.ProcessEnv, given?: Logger): RunOptions {
  const config = inventoryConfig(environment);
  const logger = given ?? createLogger({ name: 'inventory', level: config.logLevel });
  return {
    name: 'inventory',
    title: 'halfway inventory',
    description: 'Stock, and what of it is reserved for or sold to an order. Orders arrive as messages, not here.',
    version: '0.1.0',
    module: InventoryModule.with(config, logger),
    logger,
    port: config.port,
  };
}
