// Waits until clients get a route for every topic. Usage: wait.mjs HOST:PORT [SECONDS]
// For docker-compose.yml, where it also proves that the address in the routes can be reached from inside the network.
import { setTimeout as sleep } from 'node:timers/promises';
import { runMain } from '../run-main.mjs';
import { StackError } from '../stack-error.mjs';
import { queryRoute } from './probe.mjs';
import { readTopology } from './provision.mjs';

await runMain(async () => {
  const [, , endpoint = '127.0.0.1:8081', seconds = '120'] = process.argv;
  const deadline = Date.now() + Number(seconds) * 1_000;
  for (const { name } of readTopology().topics) {
    for (let route = await ask(endpoint, name); !route.ok; route = await ask(endpoint, name)) {
      if (Date.now() > deadline)
        throw new StackError(
          `No route for ${name} at ${endpoint} after ${seconds} s: ${route.message}. Look at the broker's log.`,
        );
      await sleep(500);
    }
  }
  const { addresses } = await queryRoute(endpoint, readTopology().topics[0]?.name ?? '');
  for (const address of addresses) await queryRoute(address, readTopology().topics[0]?.name ?? '');
  console.log(`RocketMQ is ready; clients are sent to ${addresses.join(', ')}.`);
});

/** @param {string} endpoint @param {string} topic */
const ask = (endpoint, topic) =>
  queryRoute(endpoint, topic).catch((/** @type {Error} */ { message }) => ({ ok: false, message }));
