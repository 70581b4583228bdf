// RocketMQ and PostgreSQL on this machine, as one thing that is up or down. Used by the demo, the tests, "npm run dev" and
// "npm run stack". An instance is a folder: its state, its stores and its logs; its processes carry the folder's name.
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { discard, endProcesses, lockOf } from './discard.mjs';
import { dismissGuard, postGuard, sweepAbandoned } from './guard.mjs';
import { withLock } from './lock.mjs';
import { instanceFolder } from './paths.mjs';
import { choosePorts, defaultPorts } from './ports.mjs';
import { postgresServer } from './postgres/server.mjs';
import { pidOf, processesOf } from './processes.mjs';
import { rocketmqServer } from './rocketmq/server.mjs';
import { StackError } from './stack-error.mjs';
import { readState, writeState } from './state.mjs';

/** @typedef {Awaited<ReturnType<typeof startStack>>} Stack */
/** @typedef {import('./ports.mjs').PortName} PortName */

/**
 * Starts what does not run yet and waits until clients can work. Calling it again is cheap: it changes nothing on a healthy
 * instance and mends a broken one.
 * @param {object} [options]
 * @param {'default' | 'demo' | 'test' | 'secured'} [options.profile] how fast check-backs come, how much memory; secured: RocketMQ alone, with access control and TLS
 * @param {boolean} [options.throwAway] goes with its owner, even when the owner is killed; what it stored goes too. Default: not for 'default'
 * @param {string} [options.folder]
 * @param {'default' | 'free'} [options.ports] default: the documented ones, or free ones where those are taken
 * @param {boolean} [options.fresh] forget what was stored
 * @param {boolean} [options.durable] false: PostgreSQL without fsync, for tests that boot no service
 * @param {import('./rocketmq/provision.mjs').Topology} [options.extraTopology]
 * @param {import('./progress.mjs').Log} [options.log]
 */
export async function startStack({
  profile = 'default',
  throwAway = profile !== 'default',
  folder = instanceFolder(profile, throwAway),
  ports: mode = profile === 'test' || profile === 'secured' ? 'free' : 'default',
  fresh = throwAway,
  durable = true,
  extraTopology,
  log = console.error,
} = {}) {
  folder = resolve(folder);
  // Tests kill and restart the broker and make databases: never somebody else's.
  const external = profile === 'test' || profile === 'secured' ? {} : externalFrom(process.env);
  if (throwAway) await sweepAbandoned(log);
  mkdirSync(folder, { recursive: true });
  const guard = throwAway ? postGuard(folder) : undefined;
  const onWait = () => log('Another command is working on this stack; waiting for it …');
  return withLock(lockOf(folder), start, { onWait });

  async function start() {
    if (fresh) await discard(folder);
    const earlier = readState(folder);
    const needsRocketmq = external.rocketmqEndpoint === undefined;
    const needsPostgres =
      profile !== 'secured' && (external.orderDatabaseUrl === undefined || external.inventoryDatabaseUrl === undefined);
    let ports = earlier?.ports ?? { ...defaultPorts };
    const rocketmqAlive = needsRocketmq && (pidOf(folder, 'broker') ?? pidOf(folder, 'namesrv')) !== undefined;
    const postgresAlive = needsPostgres && pidOf(folder, 'postgres') !== undefined;
    /** What lives keeps its ports; what does not starts where the documentation says, if it can. @type {PortName[]} */
    const toChoose = [
      ...(needsRocketmq && !(earlier && rocketmqAlive)
        ? /** @type {const} */ (['namesrv', 'broker', 'proxyGrpc', 'proxyRemoting', 'metrics'])
        : []),
      ...(needsPostgres && !(earlier && postgresAlive) ? /** @type {const} */ (['postgres']) : []),
    ];
    if (!earlier) await endProcesses(folder); // orphans of a crash that left no state: nobody can say which ports they have
    const chosen = await choosePorts(mode, toChoose);
    ports = { ...ports, ...chosen.ports };
    for (const { name, from, to } of chosen.moved) log(`Port ${from} (${name}) is taken: using ${to} instead.`);
    writeState(folder, { profile, ports, durable, extraTopology, external });

    const stack = handle(folder, { log, guard });
    const parts = [needsRocketmq && stack.rocketmq, needsPostgres && stack.postgres].filter((part) => part !== false);
    try {
      await allSettledThenThrow(parts.map((part) => part.start()));
    } catch (error) {
      if (throwAway) await stack.stop();
      throw error;
    }
    return stack;
  }
}

/**
 * Speaks to an instance that another process started.
 * @param {{ folder?: string, log?: import('./progress.mjs').Log }} [options]
 */
export async function attachStack({ folder = instanceFolder('default', false), log = console.error } = {}) {
  folder = resolve(folder);
  if (!readState(folder)) throw new StackError(`There is no stack in ${folder}. Start one: npm run stack -- up`);
  return handle(folder, { log });
}

/**
 * @param {string} folder
 * @param {{ log: import('./progress.mjs').Log, guard?: ReturnType<typeof postGuard> }} options
 */
function handle(folder, { log, guard }) {
  const state = /** @type {import('./state.mjs').State} */ (readState(folder));
  const { ports, external } = state;
  const rocketmq = rocketmqServer({ ...state, folder, log });
  const postgres = postgresServer({ ...state, port: ports.postgres, folder, log });
  const appUrl = (/** @type {'order' | 'inventory'} */ name) =>
    external[`${name}DatabaseUrl`] ?? postgres.url('halfway_app', `halfway_${name}`);
  const ownerUrl = (/** @type {'order' | 'inventory'} */ name) =>
    external[`${name}MigrationDatabaseUrl`] ??
    external[`${name}DatabaseUrl`] ??
    postgres.url('halfway_owner', `halfway_${name}`);

  return {
    folder,
    profile: state.profile,
    ports,
    external,
    rocketmq,
    postgres,
    /** Credentials and the authority's certificate; only of the profile "secured". */
    security: rocketmq.security,
    rocketmqEndpoint: external.rocketmqEndpoint ?? rocketmq.endpoint,
    metricsUrl: `http://127.0.0.1:${ports.metrics}/metrics`,
    /** What the services connect with: no DDL. */
    orderDatabaseUrl: appUrl('order'),
    inventoryDatabaseUrl: appUrl('inventory'),
    /** What migrations connect with. */
    orderOwnerUrl: ownerUrl('order'),
    inventoryOwnerUrl: ownerUrl('inventory'),
    postgresAdminUrl: postgres.adminUrl,
    /** Of what runs now. */
    get pids() {
      return Object.fromEntries(processesOf(folder).map(({ role, pid }) => [role, pid]));
    },

    async isHealthy() {
      const answers = await Promise.all([
        external.rocketmqEndpoint !== undefined || rocketmq.isHealthy(),
        state.profile === 'secured' ||
          (external.orderDatabaseUrl && external.inventoryDatabaseUrl) !== undefined ||
          postgres.isHealthy(),
      ]);
      return answers.every(Boolean);
    },

    /**
     * Clients must have stopped before. Takes up to 25 s unless everything is thrown away.
     * @param {{ discard?: boolean }} [options] discard: remove what was stored; default for a throw-away stack
     */
    async stop({ discard: thrownAway = guard !== undefined } = {}) {
      if (thrownAway) {
        await discard(folder);
        rmSync(folder, { recursive: true, force: true });
      } else {
        await allSettledThenThrow([rocketmq.stop(), postgres.stop()]);
        await endProcesses(folder);
      }
      guard?.dismiss();
    },

    /** Leaves a throw-away stack running when its owner ends ("demo --keep"); from then on it is stopped by "stack down". */
    release() {
      guard?.dismiss();
      guard = undefined;
      dismissGuard(folder);
    },
  };
}

/** @param {NodeJS.ProcessEnv} env @returns {import('./state.mjs').External} */
const externalFrom = (env) => ({
  rocketmqEndpoint: env.ROCKETMQ_ENDPOINT || undefined,
  orderDatabaseUrl: env.ORDER_DATABASE_URL || undefined,
  orderMigrationDatabaseUrl: env.ORDER_MIGRATION_DATABASE_URL || undefined,
  inventoryDatabaseUrl: env.INVENTORY_DATABASE_URL || undefined,
  inventoryMigrationDatabaseUrl: env.INVENTORY_MIGRATION_DATABASE_URL || undefined,
});

/** Nobody is left half-started behind our back when one of several fails. @param {Promise<unknown>[]} work */
async function allSettledThenThrow(work) {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}
