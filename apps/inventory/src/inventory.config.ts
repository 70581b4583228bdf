import { crashPoints } from '@halfway/faults';
import type { Connection, ReachedPoint } from '@halfway/mq';
import { LOG_LEVELS, readEnvironment } from '@halfway/service';
import { databaseUrl } from './persistence/database-url.js';

/** Every environment variable of the service, typed, with unit and default. */
export interface InventoryConfig {
  /** INVENTORY_PORT, default 3001; 0 takes any free one. */
  readonly port: number;
  /** INVENTORY_DATABASE_URL: a role without DDL. */
  readonly databaseUrl: string;
  /** ROCKETMQ_ENDPOINT (host:port), ROCKETMQ_TLS; ROCKETMQ_ACCESS_KEY and ROCKETMQ_SECRET_KEY have no default. */
  readonly broker: Connection;
  /** LOG_LEVEL, default info. */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** HALFWAY_FAULTS: where this process shall fail, for tests of crashes; refused in production. */
  readonly reached?: ReachedPoint;
}

/** @throws EnvironmentError with every problem at once. */
export function inventoryConfig(environment: NodeJS.ProcessEnv): InventoryConfig {
  const reached = crashPoints(environment);
  return readEnvironment((env) => {
    const credentials = env.credentials('ROCKETMQ_ACCESS_KEY', 'ROCKETMQ_SECRET_KEY');
    return {
      port: env.port('INVENTORY_PORT', 3001),
      databaseUrl: databaseUrl(env),
      broker: {
        endpoint: env.endpoint('ROCKETMQ_ENDPOINT', '127.0.0.1:8081'),
        tls: env.flag('ROCKETMQ_TLS', false),
        ...(credentials ? { accessKey: credentials.key, secretKey: credentials.secret } : {}),
      },
      logLevel: env.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
      ...(reached ? { reached } : {}),
    };
  }, environment);
}
