// PostgreSQL from binaries, without Docker and without a package of the system. Listens on 127.0.0.1 only, no Unix socket, and
// trusts whoever can connect: for development, on a machine of one's own.
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { overflowFolder } from '../paths.mjs';
import { waitUntilFree } from '../ports.mjs';
import { marks, pidOf, startDetached, stopProcess, tail } from '../processes.mjs';
import { step } from '../progress.mjs';
import { StackError } from '../stack-error.mjs';
import { canReach, findBinaries, serverUser } from './binaries.mjs';
import { canConnect } from './client.mjs';
import { createDatabases, initialise } from './cluster.mjs';

const template = join(dirname(fileURLToPath(import.meta.url)), 'postgresql.conf');
const readyWithinMs = 60_000;

/** PostgreSQL's own ways down: fast ends sessions, immediate recovers at the next start. @type {[NodeJS.Signals, number][]} */
const fastThenImmediate = [
  ['SIGINT', 15_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
];

/**
 * @param {object} options
 * @param {string} options.folder of the instance
 * @param {number} options.port
 * @param {boolean} options.durable false: no fsync, for tests that boot no service (the services refuse such a server)
 * @param {import('../progress.mjs').Log} options.log
 */
export function postgresServer({ folder, port, durable, log }) {
  const home = join(folder, 'postgres');
  const url = (/** @type {string} */ role, /** @type {string} */ database) =>
    `postgresql://${role}@127.0.0.1:${port}/${database}`;
  const adminUrl = url('postgres', 'postgres');
  const pid = () => pidOf(folder, 'postgres');

  return {
    url,
    adminUrl,
    get pid() {
      return pid();
    },
    isRunning: () => pid() !== undefined,
    isHealthy: async () => pid() !== undefined && existsSync(doneMark(placeOf(folder))) && (await canConnect(adminUrl)),

    /** Starts it unless it runs, and waits until it takes connections. */
    async start() {
      if (await this.isHealthy()) return;
      await step(log, 'Starting PostgreSQL', async () => {
        await this.stop(); // one that lives but does not answer
        mkdirSync(home, { recursive: true });
        const place = placeOf(folder);
        mkdirSync(place, { recursive: true });
        const user = serverUser();
        const binaries = findBinaries(user, overflowFolder(folder));
        const data = join(place, 'data');
        const isNew = !existsSync(doneMark(place));
        if (isNew) initialise(binaries, data, user);
        await launch({ binaries, data, user, port, durable, adminUrl, logFile: join(home, 'postgres.log'), folder });
        if (!isNew) return;
        await createDatabases(adminUrl);
        writeFileSync(doneMark(place), '');
      });
    },

    /** @param {NodeJS.Signals} signal SIGKILL and SIGQUIT are crashes, SIGINT is orderly */
    async kill(signal = 'SIGKILL') {
      const running = pid();
      if (running !== undefined) await stopProcess(running, [[signal, 30_000]]);
    },

    /** Orderly, within 25 s at most. */
    async stop() {
      const running = pid();
      if (running !== undefined) await stopProcess(running, fastThenImmediate);
    },
  };
}

/** Where the server's user can get to: the instance's folder, or else the temporary folder. @param {string} folder */
function placeOf(folder) {
  const home = join(folder, 'postgres');
  return existsSync(home) && canReach(home, serverUser()) ? home : overflowFolder(folder);
}

/** Written last: a cluster without it was cut off while being made, and is made again. */
const doneMark = (/** @type {string} */ place) => join(place, 'initialised');

/**
 * @param {object} options
 * @param {string} options.binaries
 * @param {string} options.data
 * @param {import('./binaries.mjs').User} options.user
 * @param {number} options.port
 * @param {boolean} options.durable
 * @param {string} options.adminUrl
 * @param {string} options.logFile
 * @param {string} options.folder of the instance
 */
async function launch({ binaries, data, user, port, durable, adminUrl, logFile, folder }) {
  const config = join(data, 'halfway.conf');
  copyFileSync(template, config);
  chmodSync(config, 0o644);
  const settings = {
    port,
    config_file: config,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
  };
  const args = [...Object.entries(settings).map(([key, value]) => `${key}=${value}`), ...marks(folder, 'postgres')];
  const failure = (/** @type {string} */ what) =>
    new StackError(`PostgreSQL ${what}. Its log (${logFile}) ends with:\n${tail(logFile)}`);

  await waitUntilFree('postgres', port);
  // Children of a server that was killed hold its shared memory for a moment, and the next server refuses to start meanwhile.
  for (let attempt = 1; attempt <= 5; attempt++) {
    const { hasEnded } = startDetached(
      join(binaries, 'postgres'),
      ['-D', data, ...args.flatMap((arg) => ['-c', arg])],
      { cwd: data, logFile, user: user && { uid: user.uid, gid: user.gid } },
    );
    const deadline = Date.now() + readyWithinMs;
    while (!hasEnded()) {
      if (await canConnect(adminUrl)) return;
      if (Date.now() > deadline) throw failure(`was not ready after ${readyWithinMs / 1000} s`);
      await sleep(20);
    }
    await sleep(500);
  }
  throw failure('ended while starting');
}
