import { EnvironmentError } from '@halfway/service';
import { FaultsRefusedError } from '@halfway/faults';
import { orderConfig } from './order.config.js';

describe('order configuration', () => {
  it('has a default for everything but credentials', () => {
    expect(orderConfig({})).toEqual({
      port: 3000,
      databaseUrl: 'postgres://halfway_app@127.0.0.1:15432/halfway_order',
      broker: { endpoint: '127.0.0.1:8081', tls: false },
      paymentWindowMs: 1_800_000,
      logLevel: 'info',
    });
  });

  it('reports all problems at once', () => {
    const wrong = {
      ORDER_PORT: '70000',
      ORDER_DATABASE_URL: 'mysql://x',
      ROCKETMQ_ENDPOINT: 'nowhere',
      ROCKETMQ_TLS: 'maybe',
      PAYMENT_WINDOW_MS: '999',
      LOG_LEVEL: 'loud',
    };
    expect(() => orderConfig(wrong)).toThrow(EnvironmentError);
    for (const variable of Object.keys(wrong)) expect(() => orderConfig(wrong)).toThrow(variable);
  });

  it.each(['999', '86340001', '30 min'])('refuses a payment window of %s ms', (PAYMENT_WINDOW_MS) => {
    expect(() => orderConfig({ PAYMENT_WINDOW_MS })).toThrow('PAYMENT_WINDOW_MS');
  });

  it('takes faults for tests, never in production', () => {
    const HALFWAY_FAULTS = 'publish.after-commit:kill:1';
    expect(orderConfig({ HALFWAY_FAULTS }).reached).toEqual(expect.any(Function));
    expect(() => orderConfig({ HALFWAY_FAULTS, NODE_ENV: 'production' })).toThrow(FaultsRefusedError);
  });
});
