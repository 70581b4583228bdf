import { EnvironmentError, EnvironmentReader } from '@halfway/service';
import { inventoryConfig } from './inventory.config.js';
import { migrationUrl } from './persistence/database-url.js';

it('works with the local stack when nothing is set', () => {
  expect(inventoryConfig({})).toEqual({
    port: 3001,
    databaseUrl: 'postgres://halfway_app@127.0.0.1:15432/halfway_inventory',
    broker: { endpoint: '127.0.0.1:8081', tls: false },
    journal: true,
    logLevel: 'info',
  });
});

it('hands over what is set', () => {
  const environment = {
    INVENTORY_PORT: '0',
    INVENTORY_DATABASE_URL: 'postgresql://app:secret@db/inventory',
    ROCKETMQ_ENDPOINT: 'mq:8081',
    ROCKETMQ_TLS: 'true',
    ROCKETMQ_ACCESS_KEY: 'key',
    ROCKETMQ_SECRET_KEY: 'secret',
    LOG_LEVEL: 'debug',
    MQ_TIMINGS: 'fenceAfterMs=6000',
    INVENTORY_ADMIN_PORT: '0',
    HALFWAY_ADMIN_TOKEN: 'sixteen-or-more-characters',
    JOURNAL: 'off',
  };
  expect(inventoryConfig(environment)).toEqual({
    port: 0,
    databaseUrl: 'postgresql://app:secret@db/inventory',
    broker: { endpoint: 'mq:8081', tls: true, accessKey: 'key', secretKey: 'secret' },
    journal: false,
    logLevel: 'debug',
    timings: { fenceAfterMs: 6_000 },
    admin: { port: 0, token: 'sixteen-or-more-characters' },
  });
});

it('stops the start with all problems at once, and no secret in them', () => {
  const environment = {
    INVENTORY_PORT: 'x',
    INVENTORY_DATABASE_URL: 'mysql://app:hunter2@db/inventory',
    ROCKETMQ_ENDPOINT: 'mq',
    ROCKETMQ_SECRET_KEY: 'hunter2',
  };
  const problems = (() => {
    try {
      inventoryConfig(environment);
    } catch (error) {
      if (error instanceof EnvironmentError) return error.problems;
      throw error;
    }
    return [];
  })();
  expect(problems.map(({ variable }) => variable).toSorted()).toEqual([
    'INVENTORY_DATABASE_URL',
    'INVENTORY_PORT',
    'ROCKETMQ_ACCESS_KEY',
    'ROCKETMQ_ENDPOINT',
  ]);
  expect(JSON.stringify(problems)).not.toContain('hunter2');
});

it.each([
  [{}, 'postgres://halfway_owner@127.0.0.1:15432/halfway_inventory'],
  [{ INVENTORY_DATABASE_URL: 'postgres://one@db/i' }, 'postgres://one@db/i'],
  [
    { INVENTORY_DATABASE_URL: 'postgres://app@db/i', INVENTORY_MIGRATION_DATABASE_URL: 'postgres://owner@db/i' },
    'postgres://owner@db/i',
  ],
])('migrates as the owner: %j', (environment, url) => {
  expect(migrationUrl(new EnvironmentReader(environment))).toBe(url);
});
