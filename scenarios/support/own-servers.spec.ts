import { refuseOthersServers } from './own-servers.js';
import { UsageError } from './usage-error.js';

it('lets nobody break servers that are named in the environment', () => {
  const others = { ROCKETMQ_ENDPOINT: 'mq.example:8081', ORDER_DATABASE_URL: 'postgres://db.example/orders' };
  expect(() => refuseOthersServers('npm run soak', others)).toThrow(UsageError);
  expect(() => refuseOthersServers('npm run soak', others)).toThrow(
    'npm run soak breaks servers, so they must be its own. Unset ROCKETMQ_ENDPOINT and ORDER_DATABASE_URL.',
  );
});

it.each(['ORDER', 'INVENTORY'])('minds the database that only %s_MIGRATION_DATABASE_URL names', (service) => {
  const name = `${service}_MIGRATION_DATABASE_URL`;
  expect(() => refuseOthersServers('npm run soak', { [name]: 'postgres://db.example/theirs' })).toThrow(name);
});

it('takes an empty variable for none', () => {
  expect(() => refuseOthersServers('npm run soak', { ROCKETMQ_ENDPOINT: '' })).not.toThrow();
});
