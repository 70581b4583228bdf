import { EnvironmentError } from '@halfway/service';
import { FaultsRefusedError } from '@halfway/faults';
import { orderConfig } from './order.config.js';

describe('order configuration', () => {
  it('has a default for everything but credentials', () => {
    expect(orderConfig({})).toEqual({
      port: 3000,
      databaseUrl: 'postgres://halfway_app@127.0.0.1:15432/halfway_order',
      broker: { endpoint: '127.0.0.1:8081', tls: false },
      inventoryUrl: 'http://127.0.0.1:3001',
      journal: true,
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
      JOURNAL: 'perhaps',
      INVENTORY_URL: 'nowhere',
    };
    expect(() => orderConfig(wrong)).toThrow(EnvironmentError);
    for (const variable of Object.keys(wrong)) expect(() => orderConfig(wrong)).toThrow(variable);
  });

  it.each(['999', '86340001', '30 min'])('refuses a payment window of %s ms', (PAYMENT_WINDOW_MS) => {
    expect(() => orderConfig({ PAYMENT_WINDOW_MS })).toThrow('PAYMENT_WINDOW_MS');
  });

  it('takes faults for tests, never in production', () => {
    const HALFWAY_FAULTS = 'publish.after-commit:kill:1';
    expect(orderConfig({ HALFWAY_FAULTS }).faults?.state().armed).toHaveLength(1);
    expect(() => orderConfig({ HALFWAY_FAULTS, NODE_ENV: 'production' })).toThrow(FaultsRefusedError);
  });

  it('takes timings of the messaging', () => {
    expect(orderConfig({ MQ_TIMINGS: 'fenceAfterMs=6000,resendAfterMs=2000' }).timings).toEqual({
      fenceAfterMs: 6_000,
      resendAfterMs: 2_000,
    });
    expect(() => orderConfig({ MQ_TIMINGS: 'fence=6000' })).toThrow('MQ_TIMINGS is not understood: "fence=6000"');
  });

  it('has an admin listener only with a token', () => {
    const HALFWAY_ADMIN_TOKEN = 'sixteen-or-more-characters';
    expect(orderConfig({ HALFWAY_ADMIN_TOKEN }).admin).toBeUndefined();
    expect(orderConfig({ ORDER_ADMIN_PORT: '0', HALFWAY_ADMIN_TOKEN }).admin).toEqual({
      port: 0,
      token: HALFWAY_ADMIN_TOKEN,
    });
    expect(() => orderConfig({ ORDER_ADMIN_PORT: '0' })).toThrow('HALFWAY_ADMIN_TOKEN is not set');
  });
});
