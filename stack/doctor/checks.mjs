// Each check looks at facts somebody else gathered (facts.mjs) and judges them, so that a test can hand it a full disk.
import { oldestNode, requireNode } from '../prepare.mjs';
import { oldestJava } from '../rocketmq/java.mjs';

/** @typedef {{ level: 'ok' | 'warn' | 'fail', what: string, remedy?: string }} Finding */

const ok = (/** @type {string} */ what) => /** @type {Finding} */ ({ level: 'ok', what });
const warn = (/** @type {string} */ what, /** @type {string} */ remedy) =>
  /** @type {Finding} */ ({ level: 'warn', what, remedy });
const fail = (/** @type {string} */ what, /** @type {string} */ remedy) =>
  /** @type {Finding} */ ({ level: 'fail', what, remedy });

/** @param {string} version */
export function checkNode(version) {
  try {
    requireNode(version);
    return ok(`Node ${version}`);
  } catch {
    return fail(
      `Node ${version} is too old`,
      `install ${oldestNode.join('.')} or newer, for example with "nvm install 20"`,
    );
  }
}

/** @param {{ java?: number, javac?: number }} found */
export function checkJdk({ java, javac }) {
  const remedy = `install a JDK ${oldestJava} or newer (Debian: apt install openjdk-17-jdk-headless) or let JAVA_HOME point to one`;
  if (java === undefined) return fail('no Java: RocketMQ cannot run', remedy);
  if (java < oldestJava) return fail(`Java ${java} is too old for RocketMQ's flags`, remedy);
  if (javac === undefined) return fail('Java without a compiler (a JRE): the RocketMQ patch cannot be built', remedy);
  return ok(`JDK ${java}`);
}

/** @param {{ version?: string, rocketmqInstalled: boolean }} found */
export function checkMaven({ version, rocketmqInstalled }) {
  if (version !== undefined) return ok(`Maven ${version}`);
  const remedy = 'install it (Debian: apt install maven)';
  return rocketmqInstalled
    ? warn('no Maven: fine while RocketMQ stays in .data', remedy)
    : fail('no Maven: it fetches RocketMQ', remedy);
}

/** Of RocketMQ: above, the broker refuses to write. */
const fullPercent = 90;

/** @param {{ usedPercent: number, folder: string }} found */
export function checkDisk({ usedPercent, folder }) {
  const what = `disk ${Math.ceil(usedPercent)} % used`;
  const remedy = `free space on the disk of ${folder}, or move the checkout to another one`;
  if (usedPercent > fullPercent) return fail(`${what}: RocketMQ is read-only above ${fullPercent} %`, remedy);
  return usedPercent > fullPercent - 5
    ? warn(`${what}: RocketMQ turns read-only above ${fullPercent} %`, remedy)
    : ok(what);
}

/** @param {{ name: string, port: number, state: 'free' | 'ours' | 'taken' }} found */
export function checkPort({ name, port, state }) {
  if (state !== 'taken') return ok(`port ${port} (${name}) is ${state}`);
  return warn(
    `port ${port} (${name}) is taken by another program`,
    `find it with "ss -ltnp sport = :${port}" and stop it, or live with the other port that "up" chooses and prints`,
  );
}

/** Deadlines are compared on PostgreSQL's clock but shown, logged and armed on this one. @param {number} aheadMs PostgreSQL minus this machine */
export function checkClock(aheadMs) {
  const seconds = `${(Math.abs(aheadMs) / 1000).toFixed(1)} s`;
  if (Math.abs(aheadMs) < 1_000) return ok(`PostgreSQL's clock agrees with this machine's (${seconds} apart)`);
  return fail(
    `PostgreSQL's clock is ${seconds} ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's`,
    'synchronise both machines (chrony or systemd-timesyncd): payment windows and delayed messages are off by as much',
  );
}

const anew = 'run "npm run stack -- down", then "up": topology.json is applied when the broker starts';
const elsewhere =
  'on a broker of yours: mqadmin updateTopic / updateSubGroup with the values of stack/rocketmq/topology.json';

/** @param {import('../rocketmq/provision.mjs').Topic} expected @param {string[] | undefined} types undefined: there is no such topic */
export function checkTopic({ name, type }, types) {
  if (types === undefined) return fail(`topic ${name} does not exist`, `${anew}; ${elsewhere}`);
  if (types.length === 1 && types[0] === type) return ok(`topic ${name} is ${type}`);
  return fail(
    `topic ${name} is ${types.join(', ')}, not ${type}: every send is refused (40014)`,
    `${anew}; ${elsewhere}`,
  );
}

/**
 * @param {import('../rocketmq/provision.mjs').Group} expected
 * @param {{ consumeMessageOrderly: boolean, retryMaxTimes: number } | undefined} found undefined: there is no such group
 */
export function checkGroup({ name, ordered, retryMaxTimes }, found) {
  const remedy = `${anew}; ${elsewhere}`;
  const words = (/** @type {boolean} */ value) => (value ? 'ordered' : 'not ordered');
  if (found === undefined) return fail(`group ${name} does not exist: its consumers never start`, remedy);
  if (found.consumeMessageOrderly !== ordered) {
    const why = ordered ? 'messages of one key may run in parallel' : 'one message would block all others of its queue';
    return fail(`group ${name} is ${words(!ordered)}: ${why}`, remedy);
  }
  if (found.retryMaxTimes < retryMaxTimes)
    return fail(
      `group ${name} dead-letters a message after ${found.retryMaxTimes} attempts, restarts included`,
      remedy,
    );
  return ok(`group ${name} is ${words(ordered)}`);
}

/** @param {Record<string, string>} settings of PostgreSQL @param {string} whose */
export function checkDurability(settings, whose) {
  const off = ['fsync', 'full_page_writes', 'synchronous_commit'].filter((name) => settings[name] === 'off');
  if (off.length === 0) return ok(`PostgreSQL (${whose}) keeps what it acknowledged`);
  return fail(
    `PostgreSQL (${whose}) runs with ${off.join(', ')} off: acknowledged orders may be lost`,
    'set to on in postgresql.conf and reload; the services refuse to start without',
  );
}

/** Of the services: where they wait longest for a lock (libs/mq, `lockMs`). */
const LOCK_TIMEOUT_MS = 1_000;

/** @param {number} deadlockTimeoutMs @param {string} whose */
export function checkDeadlockTimeout(deadlockTimeoutMs, whose) {
  if (deadlockTimeoutMs < LOCK_TIMEOUT_MS) {
    return ok(`PostgreSQL (${whose}) looks for deadlocks before a wait for a lock is given up`);
  }
  return warn(
    `PostgreSQL (${whose}) looks for deadlocks after ${deadlockTimeoutMs} ms, when the wait is given up already: none is ever counted`,
    'set deadlock_timeout = 200ms in postgresql.conf and reload',
  );
}
