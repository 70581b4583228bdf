import { type EnvironmentReader, LOG_LEVELS } from '@halfway/service';
import { databaseUrl } from './persistence/database-url.js';

export type InventoryConfig = ReturnType<typeof readInventoryConfig>;

/** Every environment variable of this service, with its default. Secrets have none. */
export function readInventoryConfig(env: EnvironmentReader) {
  return {
    port: env.port('INVENTORY_PORT', 3001),
    /** Role `halfway_app`: no DDL. */
    databaseUrl: databaseUrl(env, 'INVENTORY_DATABASE_URL'),
    rocketmq: {
      endpoint: env.endpoint('ROCKETMQ_ENDPOINT', '127.0.0.1:8081'),
      accessKey: env.optionalText('ROCKETMQ_ACCESS_KEY'),
      secretKey: env.optionalText('ROCKETMQ_SECRET_KEY'),
      tls: env.flag('ROCKETMQ_TLS', false),
    },
    logLevel: env.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
  };
}
