// npm run stack -- up | down | status | doctor | logs
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';
import { doctor } from './doctor/index.mjs';
import { attachStack, startStack } from './index.mjs';
import { instanceFolder, root } from './paths.mjs';
import { runMain } from './run-main.mjs';
import { logs } from './logs.mjs';
import { StackError } from './stack-error.mjs';

const usage = `npm run stack -- COMMAND [options]

  up        start RocketMQ and PostgreSQL, or what is missing of them
  down      stop them; what they stored stays (--discard removes it)
  status    what runs where
  doctor    check this machine and the running stack; each finding names its fix
  logs      the end of all logs (--follow goes on printing)

  --profile test     a stack for "npm test", on free ports, kept running between runs
  --profile secured  RocketMQ alone with access control and TLS, on free ports; prints what a client needs
  --folder PATH      another place than .data/stack
  --fresh            with up: forget what was stored`;

await runMain(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      profile: { type: 'string', default: 'default' },
      folder: { type: 'string' },
      fresh: { type: 'boolean', default: false },
      discard: { type: 'boolean', default: false },
      follow: { type: 'boolean', short: 'f', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const profile = oneOf(values.profile, ['default', 'demo', 'test', 'secured']);
  const folder = values.folder === undefined ? instanceFolder(profile, false) : resolve(root, values.folder);
  const log = (/** @type {string} */ line) => console.error(line);

  switch (positionals[0]) {
    case 'up': {
      await prepare({ build: false, log });
      const extraTopology =
        profile === 'test' ? JSON.parse(readFileSync(join(root, 'test', 'topology.json'), 'utf8')) : undefined;
      const stack = await startStack({ profile, folder, throwAway: false, fresh: values.fresh, extraTopology, log });
      return print(stack);
    }
    case 'down': {
      const stack = await attachStack({ folder, log }).catch(() => undefined);
      if (!stack) return console.log(`Nothing to stop in ${relative(root, folder)}.`);
      await stack.stop({ discard: values.discard });
      return console.log(
        values.discard ? 'Stopped, and removed what was stored.' : 'Stopped. What was stored is kept.',
      );
    }
    case 'status':
      return print(await attachStack({ folder, log }));
    case 'doctor':
      process.exitCode = await doctor({ folder, log: (line) => console.log(line) });
      return;
    case 'logs':
      return logs(folder, values.follow);
    case undefined:
      return console.log(usage);
    default:
      throw new StackError(`Unknown command "${positionals[0]}".\n\n${usage}`);
  }
});

/** @param {import('./index.mjs').Stack} stack */
async function print(stack) {
  const { pids, ports, security } = stack;
  const state = (/** @type {boolean} */ healthy, /** @type {number | undefined} */ pid) =>
    healthy ? `up (process ${pid})` : pid === undefined ? 'down' : `not answering (process ${pid})`;
  const [rocketmq, postgres] = await Promise.all([stack.rocketmq.isHealthy(), stack.postgres.isHealthy()]);
  const external = 'somebody else’s';
  console.log(`RocketMQ     ${stack.external.rocketmqEndpoint ? external : state(rocketmq, pids.broker)}`);
  console.log(`  clients    ${stack.rocketmqEndpoint}`);
  console.log(`  ports      name server ${ports.namesrv}, broker ${ports.broker}, metrics ${ports.metrics}`);
  if (security) {
    const { accessKey, secretKey, caFile } = security;
    console.log(`  access key ${accessKey}\n  secret key ${secretKey}\n  authority  ${caFile}`);
    if (!rocketmq) process.exitCode = 1;
    return;
  }
  console.log(`PostgreSQL   ${stack.external.orderDatabaseUrl ? external : state(postgres, pids.postgres)}`);
  console.log(`  order      ${stack.orderDatabaseUrl}`);
  console.log(`  inventory  ${stack.inventoryDatabaseUrl}`);
  if (stack.profile === 'test')
    console.log(
      `\nexport ROCKETMQ_ENDPOINT=${stack.rocketmqEndpoint}\nexport HALFWAY_TEST_POSTGRES_URL=${stack.postgresAdminUrl}\n` +
        `export HALFWAY_TEST_STACK_FOLDER=${stack.folder}`,
    );
  if (!(await stack.isHealthy())) process.exitCode = 1;
}

/** @template {string} T @param {string} value @param {T[]} allowed @returns {T} */
function oneOf(value, allowed) {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new StackError(`Unknown profile "${value}". One of: ${allowed.join(', ')}.`);
  return found;
}
