import { type Faults, faultsFrom } from '@halfway/faults';
import { type Connection, type MqTimings, readTimings } from '@halfway/mq';
import { type AdminConfig, adminConfig, LOG_LEVELS, readEnvironment } from '@halfway/service';
import { databaseUrl } from './persistence/database-url.js';

/** Every environment variable of the service, typed, with unit and default. */
export interface InventoryConfig {
  /** INVENTORY_PORT, default 3001; 0 takes any free one. */
  readonly port: number;
  /** INVENTORY_DATABASE_URL: a role without DDL. */
  readonly databaseUrl: string;
  /** ROCKETMQ_ENDPOINT (host:port), ROCKETMQ_TLS; ROCKETMQ_ACCESS_KEY and ROCKETMQ_SECRET_KEY have no default. */
  readonly broker: Connection;
  /** JOURNAL, `on` or `off`, default on: whether the steps of an order's life are kept, see GET /reservations/:orderId/timeline. */
  readonly journal: boolean;
  /** LOG_LEVEL, default info. */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** MQ_TIMINGS, `name=ms,name=ms`: what differs from the messaging library's defaults. */
  readonly timings?: Partial<MqTimings>;
  /** INVENTORY_ADMIN_PORT and HALFWAY_ADMIN_TOKEN; without the port nothing listens there. */
  readonly admin?: AdminConfig;
  /** HALFWAY_FAULTS: how this process shall fail, for tests; refused in production. Undefined when not enabled. */
  readonly faults?: Faults;
}

/** @throws EnvironmentError with every problem at once. */
export function inventoryConfig(environment: NodeJS.ProcessEnv): InventoryConfig {
  const faults = faultsFrom(environment);
  return readEnvironment((env) => {
    const credentials = env.credentials('ROCKETMQ_ACCESS_KEY', 'ROCKETMQ_SECRET_KEY');
    const timings = env.parsed('MQ_TIMINGS', readTimings);
    const admin = adminConfig(env, 'INVENTORY_ADMIN_PORT');
    return {
      port: env.port('INVENTORY_PORT', 3001),
      databaseUrl: databaseUrl(env),
      broker: {
        endpoint: env.endpoint('ROCKETMQ_ENDPOINT', '127.0.0.1:8081'),
        tls: env.flag('ROCKETMQ_TLS', false),
        ...(credentials ? { accessKey: credentials.key, secretKey: credentials.secret } : {}),
      },
      journal: env.oneOf('JOURNAL', ['on', 'off'], 'on') === 'on',
      logLevel: env.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
      ...(timings ? { timings } : {}),
      ...(admin ? { admin } : {}),
      ...(faults ? { faults } : {}),
    };
  }, environment);
}
