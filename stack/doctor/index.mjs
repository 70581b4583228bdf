// npm run stack -- doctor: gathers facts about this machine and the running stack, and prints what the checks say about them.
import { spawnSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { attachStack } from '../index.mjs';
import { dataFolder } from '../paths.mjs';
import { defaultPorts, isFree } from '../ports.mjs';
import { connect } from '../postgres/client.mjs';
import { pidOf } from '../processes.mjs';
import { rocketmqVersion } from '../rocketmq/install.mjs';
import { findJava } from '../rocketmq/java.mjs';
import { queryRoute } from '../rocketmq/probe.mjs';
import { readTopology } from '../rocketmq/provision.mjs';
import { ask, getAllSubscriptionGroups } from '../rocketmq/remoting.mjs';
import {
  checkClock,
  checkDisk,
  checkDeadlockTimeout,
  checkDurability,
  checkGroup,
  checkJdk,
  checkMaven,
  checkNode,
  checkPort,
  checkTopic,
} from './checks.mjs';

/** @typedef {import('./checks.mjs').Finding} Finding */

/**
 * @param {{ folder: string, log: import('../progress.mjs').Log }} options
 * @returns {Promise<0 | 1>} the exit code
 */
export async function doctor({ folder, log }) {
  const stack = await attachStack({ folder }).catch(() => undefined);
  const findings = [
    ...machine(folder),
    ...(await ports(stack)),
    ...(await rocketmq(stack)),
    ...(await postgres(stack)),
  ];
  for (const { level, what, remedy } of findings)
    log(`${level.padEnd(5)} ${what}${remedy ? `\n      → ${remedy}` : ''}`);
  return findings.some(({ level }) => level === 'fail') ? 1 : 0;
}

/** @param {string} folder @returns {Finding[]} */
function machine(folder) {
  const maven = spawnSync('mvn', ['-v'], { encoding: 'utf8' });
  return [
    checkNode(process.versions.node),
    checkJdk(findJava()),
    checkMaven({
      version: maven.error ? undefined : /Apache Maven ([\w.-]+)/.exec(maven.stdout)?.[1],
      rocketmqInstalled: existsSync(join(dataFolder, `rocketmq-${rocketmqVersion}`, 'lib')),
    }),
    checkDisk({ usedPercent: usedPercent(folder), folder }),
  ];
}

/** As RocketMQ (and df) count: blocks reserved for root are nobody's. @param {string} folder */
function usedPercent(folder) {
  while (!existsSync(folder)) folder = dirname(folder);
  const { blocks, bfree, bavail } = statfsSync(folder);
  const used = blocks - bfree;
  return (100 * used) / (used + bavail);
}

/** @param {import('../index.mjs').Stack | undefined} stack @returns {Promise<Finding[]>} */
function ports(stack) {
  const names = /** @type {import('../ports.mjs').PortName[]} */ (Object.keys(defaultPorts));
  return Promise.all(
    names.map(async (name) => {
      const port = defaultPorts[name];
      // By process, not by part: a name server that outlived its broker is still ours.
      const role = name === 'postgres' || name === 'namesrv' ? name : 'broker';
      const isOurs = stack?.ports[name] === port && pidOf(stack.folder, role) !== undefined;
      const state = isOurs ? 'ours' : (await isFree(name, port)) ? 'free' : 'taken';
      return checkPort({ name, port, state });
    }),
  );
}

/** @param {import('../index.mjs').Stack | undefined} stack @returns {Promise<Finding[]>} */
async function rocketmq(stack) {
  const endpoint =
    stack?.external.rocketmqEndpoint ?? (stack?.rocketmq.isRunning() ? stack.rocketmqEndpoint : undefined);
  if (!stack || endpoint === undefined) return [notRunning('RocketMQ')];
  const { topics, groups } = readTopology();
  try {
    const routes = await Promise.all(topics.map(({ name }) => queryRoute(endpoint, name)));
    const findings = topics.map((topic, i) => checkTopic(topic, routes[i]?.ok ? routes[i].types : undefined));
    if (stack.external.rocketmqEndpoint) return [...findings, groupsUnknown];
    const { subscriptionGroupTable } = await ask(stack.ports.broker, getAllSubscriptionGroups);
    return [...findings, ...groups.map((group) => checkGroup(group, subscriptionGroupTable[group.name]))];
  } catch (error) {
    return [notAnswering('RocketMQ', endpoint, error)];
  }
}

/** A proxy tells a group's order only to a consumer of that group, and the doctor is none. @type {Finding} */
const groupsUnknown = {
  level: 'warn',
  what: 'groups of a broker of yours are not checked',
  remedy:
    'compare "mqadmin getAllSubscriptionGroup" with stack/rocketmq/topology.json; the services check theirs when they start',
};

/** @param {import('../index.mjs').Stack | undefined} stack @returns {Promise<Finding[]>} */
async function postgres(stack) {
  const hasExternal = stack?.external.orderDatabaseUrl && stack.external.inventoryDatabaseUrl;
  if (!stack || !(hasExternal || stack.postgres.isRunning())) return [notRunning('PostgreSQL')];
  /** @type {Finding[]} */
  const findings = [];
  for (const [whose, url] of /** @type {const} */ ([
    ['order', stack.orderDatabaseUrl],
    ['inventory', stack.inventoryDatabaseUrl],
  ])) {
    try {
      const { settings, aheadMs } = await lookInto(url);
      findings.push(
        checkDurability(settings, whose),
        checkDeadlockTimeout(Number(settings['deadlock_timeout']), whose),
        checkClock(aheadMs),
      );
    } catch (error) {
      findings.push(notAnswering(`PostgreSQL (${whose})`, new URL(url).host, error));
    }
  }
  return findings;
}

/** @param {string} url */
async function lookInto(url) {
  const client = await connect(url);
  try {
    const { rows } = await client.query(
      `select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'deadlock_timeout')`,
    );
    const before = Date.now();
    const clock = await client.query('select extract(epoch from clock_timestamp()) * 1000 as now');
    const aheadMs = Number(clock.rows[0].now) - (before + Date.now()) / 2;
    return { settings: Object.fromEntries(rows.map(({ name, setting }) => [name, setting])), aheadMs };
  } finally {
    await client.end();
  }
}

/** @param {string} what @returns {Finding} */
const notRunning = (what) => ({
  level: 'warn',
  what: `${what} is not running: not looked into`,
  remedy: 'npm run stack -- up',
});

/** @param {string} what @param {string} where @param {unknown} error @returns {Finding} */
const notAnswering = (what, where, error) => ({
  level: 'fail',
  what: `${what} at ${where} does not answer: ${/** @type {Error} */ (error).message}`,
  remedy: 'npm run stack -- up mends a stack of ours; npm run stack -- logs shows why',
});
