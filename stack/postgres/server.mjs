// PostgreSQL from binaries, without Docker and without a package of the system. Listens on 127.0.0.1 only, no Unix socket, and
// trusts whoever can connect: for development, on a machine of one's own.
import { spawnSync } from 'node:child_process';
import { chownSync, chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { overflowFolder } from '../paths.mjs';
import { isFree } from '../ports.mjs';
import { isAlive, marks, pidOf, startDetached, stopProcess, tail } from '../processes.mjs';
import { step } from '../progress.mjs';
import { StackError } from '../stack-error.mjs';
import { canReach, findBinaries, serverUser } from './binaries.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const readyWithinMs = 60_000;

/** PostgreSQL's own three ways down: fast ends sessions, immediate recovers at the next start. @type {[NodeJS.Signals, number][]} */
const fastThenImmediate = [['SIGINT', 15_000], ['SIGQUIT', 5_000], ['SIGKILL', 5_000]];

/**
 * @param {object} options
 * @param {string} options.folder of the instance
 * @param {number} options.port
 * @param {boolean} options.durable false: no fsync, for tests that boot no service (the services refuse such a server)
 * @param {import('../progress.mjs').Log} options.log
 */
export function postgresServer({ folder, port, durable, log }) {
  const user = serverUser();
  const overflow = overflowFolder(folder);
  const home = join(folder, 'postgres');
  const logFile = join(home, 'postgres.log');

  const url = (/** @type {string} */ role, /** @type {string} */ database) => `postgresql://${role}@127.0.0.1:${port}/${database}`;
  const adminUrl = url('postgres', 'postgres');

  const alive = () => {
    const pid = pidOf(folder, 'postgres');
    return pid !== undefined && isAlive(pid) ? pid : undefined;
  };

  return {
    adminUrl,
    url,
    get pid() {
      return alive();
    },
    isRunning: () => alive() !== undefined,
    isHealthy: async () => alive() !== undefined && isInitialised() && (await canConnect(adminUrl)),

    /** Starts it unless it runs, and waits until it takes connections. */
    async start() {
      if (await this.isHealthy()) return;
      await step(log, 'Starting PostgreSQL', async () => {
        await this.stop(); // one that lives but does not answer
        mkdirSync(home, { recursive: true });
        mkdirSync(place(), { recursive: true });
        const binaries = findBinaries(user, overflow);
        const data = join(place(), 'data');
        const isNew = !isInitialised();
        if (isNew) initialise(binaries, data);
        await launch(binaries, data);
        if (isNew) {
          await createDatabases();
          writeFileSync(doneMark(), '');
        }
      });
    },

    /** @param {NodeJS.Signals} signal SIGKILL and SIGQUIT are crashes, SIGINT is orderly */
    async kill(signal = 'SIGKILL') {
      const pid = alive();
      if (pid !== undefined) await stopProcess(pid, [[signal, 30_000]]);
    },

    /** Orderly, within 25 s at most. */
    async stop() {
      const pid = alive();
      if (pid !== undefined) await stopProcess(pid, fastThenImmediate);
    },
  };

  /** Where the server's user can get to. */
  function place() {
    return existsSync(home) && canReach(home, user) ? home : overflow;
  }

  /** Written last: a cluster without it was cut off while being made, and is made again. */
  function doneMark() {
    return join(place(), 'initialised');
  }

  function isInitialised() {
    return existsSync(doneMark());
  }

  /** @param {string} binaries @param {string} data */
  function initialise(binaries, data) {
    rmSync(data, { recursive: true, force: true });
    mkdirSync(data);
    chmodSync(data, 0o700); // on this folder only: initdb demands it here and fails when a parent is closed
    if (user !== undefined) chownSync(data, user.uid, user.gid);
    const args = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync', '--no-instructions'];
    const { status, stdout, stderr, error } = spawnSync(join(binaries, 'initdb'), args, { cwd: data, encoding: 'utf8', ...idOf() });
    if (status !== 0)
      throw new StackError(`PostgreSQL's initdb failed as user ${user?.name ?? 'yourself'}: ${error?.message ?? stderr.trim() + stdout.trim()}`);
  }

  /** @param {string} binaries @param {string} data */
  async function launch(binaries, data) {
    const config = join(data, 'halfway.conf');
    copyFileSync(join(here, 'postgresql.conf'), config);
    chmodSync(config, 0o644);
    const settings = {
      port,
      config_file: config,
      hba_file: join(data, 'pg_hba.conf'),
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
    };
    const args = [...Object.entries(settings).map(([key, value]) => `${key}=${value}`), ...marks(folder, 'postgres')];
    await waitUntilFree();
    // Children of a server that was killed hold its shared memory for a moment, and the next server refuses to start meanwhile.
    for (let attempt = 1; ; attempt++) {
      const { hasEnded } = startDetached(join(binaries, 'postgres'), ['-D', data, ...args.flatMap((arg) => ['-c', arg])], {
        cwd: data,
        logFile,
        user: idOf(),
      });
      const deadline = Date.now() + readyWithinMs;
      while (!(await canConnect(adminUrl)) && !hasEnded()) {
        if (Date.now() > deadline) throw failure(`was not ready after ${readyWithinMs / 1000} s`);
        await sleep(20);
      }
      if (!hasEnded()) return;
      if (attempt === 5) throw failure('ended while starting');
      await sleep(500);
    }
  }

  function idOf() {
    return user && { uid: user.uid, gid: user.gid };
  }

  const failure = (/** @type {string} */ what) =>
    new StackError(`PostgreSQL ${what}. Its log (${logFile}) ends with:\n${tail(logFile)}`);

  async function waitUntilFree() {
    const deadline = Date.now() + 10_000;
    while (!(await isFree('postgres', port))) {
      if (Date.now() > deadline) throw new StackError(`Port ${port} (PostgreSQL) is taken by another program. Stop that program.`);
      await sleep(50);
    }
  }

  async function createDatabases() {
    const client = await connect(adminUrl);
    try {
      for (const statement of statements(readFileSync(join(here, 'init.sql'), 'utf8'))) await client.query(statement);
    } finally {
      await client.end();
    }
  }
}

/** One by one, because CREATE DATABASE refuses to run with others. @param {string} sql */
export const statements = (sql) =>
  sql
    .replace(/^--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');

/** Loaded here and not above: this file is read before "npm ci" may have run. @param {string} connectionString */
export async function connect(connectionString) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {}); // a killed server; the query in flight rejects on its own
  await client.connect();
  return client;
}

async function canConnect(/** @type {string} */ url) {
  try {
    const client = await connect(url);
    await client.end();
    return true;
  } catch {
    return false;
  }
}
