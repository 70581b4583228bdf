// npm run dev: the stack, the migrations, and both services, each compiled and started again when its sources change.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack } from './index.mjs';
import { root } from './paths.mjs';
import { prepare } from './prepare.mjs';
import { step } from './progress.mjs';
import { runMain } from './run-main.mjs';
import { StackError } from './stack-error.mjs';

/** Longer than a service needs to drain. */
const stopWithinMs = 25_000;
const log = (/** @type {string} */ line) => console.log(`stack      | ${line}`);

await runMain(async () => {
  await prepare({ log });
  const stopped = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve(signal));
  });
  const stack = await startStack({ log });
  /** @type {ReturnType<typeof run>[]} */
  let services = [];
  try {
    const owner = {
      ORDER_MIGRATION_DATABASE_URL: stack.orderOwnerUrl,
      INVENTORY_MIGRATION_DATABASE_URL: stack.inventoryOwnerUrl,
    };
    await step(log, 'Migrating both databases', () =>
      ended(run('migrate', ['npm', 'run', '--silent', 'migrate'], owner)),
    );
    const env = {
      ROCKETMQ_ENDPOINT: stack.rocketmqEndpoint,
      ORDER_DATABASE_URL: stack.orderDatabaseUrl,
      INVENTORY_DATABASE_URL: stack.inventoryDatabaseUrl,
      INVENTORY_URL: process.env.INVENTORY_URL ?? `http://127.0.0.1:${process.env.INVENTORY_PORT ?? 3001}`,
    };
    // --no-shell: with a shell between us, a stopped service would leave its process and its port.
    services = ['order', 'inventory'].map((name) =>
      run(
        name,
        [
          process.execPath,
          join('node_modules', '@nestjs', 'cli', 'bin', 'nest.js'),
          'start',
          name,
          '--watch',
          '--preserveWatchOutput',
          '--no-shell',
        ],
        env,
      ),
    );
    log('Both services start; Ctrl-C stops them and the stack.');
    await Promise.race([stopped, ...services.map(ended)]);
  } finally {
    await Promise.all(services.map(stop));
    log('Stopping the stack, which takes up to 25 s …');
    await stack.stop();
  }
});

/** In a session of its own: Ctrl-C must reach the services after us, and their whole family. @param {string} name @param {string[]} command @param {NodeJS.ProcessEnv} env */
function run(name, [program = '', ...args], env) {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => console.log(`${name.padEnd(10)} | ${line}`));
  return child;
}

/** @param {ReturnType<typeof run>} child @returns {Promise<void>} */
function ended(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      code === 0 || signal !== null
        ? resolve()
        : reject(new StackError(`"${child.spawnargs.join(' ')}" ended with code ${code}: see its output above.`)),
    );
  });
}

/** The whole family: "nest start" may just be starting the service again. @param {ReturnType<typeof run>} child */
async function stop({ pid }) {
  const deadline = Date.now() + stopWithinMs;
  while (pid !== undefined && signalFamily(pid, 'SIGTERM')) {
    if (Date.now() > deadline) return void signalFamily(pid, 'SIGKILL');
    await sleep(500);
  }
}

/** @param {number} pid @param {NodeJS.Signals} signal @returns {boolean} whether anybody was there */
function signalFamily(pid, signal) {
  try {
    return process.kill(-pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
    throw error;
  }
}
