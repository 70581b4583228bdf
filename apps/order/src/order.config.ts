import { type Faults, faultsFrom } from '@halfway/faults';
import { type Connection, type MqTimings, readTimings } from '@halfway/mq';
import { type AdminConfig, adminConfig, LOG_LEVELS, readEnvironment } from '@halfway/service';

/** Every environment variable of the service, typed, with unit and default. */
export interface OrderConfig {
  /** ORDER_PORT, default 3000; 0 takes any free one. */
  readonly port: number;
  /** ORDER_DATABASE_URL. */
  readonly databaseUrl: string;
  /** ROCKETMQ_ENDPOINT and the like; credentials have no default. */
  readonly broker: Connection;
  /** INVENTORY_URL, default http://127.0.0.1:3001. */
  readonly inventoryUrl: string;
  /** PAYMENT_WINDOW_MS, default 30 minutes. Stored per order as `expires_at`: a change is for new orders. */
  readonly paymentWindowMs: number;
  /** JOURNAL, `on` or `off`, default on: whether the steps of an order's life are kept, see GET /orders/:orderId/timeline. */
  readonly journal: boolean;
  /** LOG_LEVEL, default info. */
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** MQ_TIMINGS, `name=ms,name=ms`: what differs from the messaging library's defaults. */
  readonly timings?: Partial<MqTimings>;
  /** ORDER_ADMIN_PORT and HALFWAY_ADMIN_TOKEN; without the port nothing listens there. */
  readonly admin?: AdminConfig;
  /** HALFWAY_FAULTS: how this process shall fail, for tests; refused in production. Undefined when not enabled. */
  readonly faults?: Faults;
}

const DEFAULT_DATABASE_URL = 'postgres://halfway_app@127.0.0.1:15432/halfway_order';

const DEFAULT_INVENTORY_URL = 'http://127.0.0.1:3001';

/** RocketMQ delays by at most 24 h (proxy answer 40012), and the timer is due a little after the window. */
export const PAYMENT_WINDOW_MS = { default: 1_800_000, min: 1_000, max: 86_400_000 - 60_000 } as const;

/** @throws EnvironmentError with every problem at once. */
export function orderConfig(environment: NodeJS.ProcessEnv = process.env): OrderConfig {
  const faults = faultsFrom(environment);
  return readEnvironment((env) => {
    const credentials = env.credentials('ROCKETMQ_ACCESS_KEY', 'ROCKETMQ_SECRET_KEY');
    const timings = env.parsed('MQ_TIMINGS', readTimings);
    const admin = adminConfig(env, 'ORDER_ADMIN_PORT');
    return {
      port: env.port('ORDER_PORT', 3000),
      databaseUrl: env.url('ORDER_DATABASE_URL', {
        default: DEFAULT_DATABASE_URL,
        protocols: ['postgres:', 'postgresql:'],
      }),
      broker: {
        endpoint: env.endpoint('ROCKETMQ_ENDPOINT', '127.0.0.1:8081'),
        tls: env.flag('ROCKETMQ_TLS', false),
        ...(credentials ? { accessKey: credentials.key, secretKey: credentials.secret } : {}),
      },
      inventoryUrl: env.url('INVENTORY_URL', { default: DEFAULT_INVENTORY_URL, protocols: ['http:', 'https:'] }),
      paymentWindowMs: env.integer('PAYMENT_WINDOW_MS', PAYMENT_WINDOW_MS),
      journal: env.oneOf('JOURNAL', ['on', 'off'], 'on') === 'on',
      logLevel: env.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
      ...(timings ? { timings } : {}),
      ...(admin ? { admin } : {}),
      ...(faults ? { faults } : {}),
    };
  }, environment);
}
