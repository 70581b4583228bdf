// Two JVMs: the name server, and the broker with the proxy in it. The name server comes first and must be listening: a broker
// that finds none registers only 10 s later, and until then every route answers "not found".
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { marks, pidOf, startDetached, stopProcess, tail } from '../processes.mjs';
import { waitUntilFree } from '../ports.mjs';
import { step } from '../progress.mjs';
import { StackError } from '../stack-error.mjs';
import { installRocketmq } from './install.mjs';
import { javaTool } from './java.mjs';
import { queryRoute } from './probe.mjs';
import { provision, readTopology, topicFields } from './provision.mjs';
import { ask, updateAndCreateTopic } from './remoting.mjs';
import { renderConfiguration } from './render.mjs';
import { securityOf } from './security.mjs';

/**
 * The official start scripts ask for 8 GB. Without the C2 compiler the start is some seconds shorter and 150 MB smaller, but
 * the peak is lower: right for minutes, wrong for days.
 */
const brokerMemory = {
  default: ['-Xms256m', '-Xmx1g', '-XX:MaxDirectMemorySize=512m', '-XX:+UseG1GC'],
  demo: ['-Xms128m', '-Xmx768m', '-XX:MaxDirectMemorySize=384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  secured: ['-Xms128m', '-Xmx384m', '-XX:MaxDirectMemorySize=256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  test: ['-Xms128m', '-Xmx384m', '-XX:MaxDirectMemorySize=256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
};
const namesrvMemory = ['-Xms64m', '-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const brokerPorts = /** @type {const} */ (['broker', 'proxyGrpc', 'proxyRemoting', 'metrics']);
const readyWithinMs = 90_000;

/**
 * @param {object} options
 * @param {string} options.folder of the instance
 * @param {string} options.profile
 * @param {import('../ports.mjs').Ports} options.ports
 * @param {import('./provision.mjs').Topology} [options.extraTopology]
 * @param {import('../progress.mjs').Log} options.log
 */
export function rocketmqServer({ folder, profile, ports, extraTopology, log }) {
  const home = join(folder, 'rocketmq');
  const logOf = (/** @type {'namesrv' | 'broker'} */ role) => join(home, `${role}.log`);
  const endpoint = `127.0.0.1:${ports.proxyGrpc}`;
  const topology = readTopology(extraTopology);
  const security = profile === 'secured' ? securityOf(home, '127.0.0.1') : undefined;

  const java = async (/** @type {'namesrv' | 'broker'} */ role, /** @type {string[]} */ args) => {
    const { lib, patch } = await installRocketmq(log);
    const logFile = logOf(role);
    const logStart = sizeOf(logFile);
    // Each start unpacks a native library of 13 MB and never removes it.
    const temporary = join(home, 'tmp', role);
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    const started = startDetached(
      javaTool('java'),
      [
        ...marks(folder, role).map((mark) => `-D${mark}`),
        `-Duser.home=${home}`, // RocketMQ logs below it
        `-Djava.io.tmpdir=${temporary}`,
        '-XX:-UsePerfData',
        '-XX:+ExitOnOutOfMemoryError', // a dead broker is repaired, a lame one is not
        '--add-exports=java.base/sun.nio.ch=ALL-UNNAMED',
        '-cp',
        `${patch}:${lib}/*`,
        ...args,
      ],
      { cwd: home, logFile, env: { ...process.env, ROCKETMQ_HOME: home } },
    );
    return { ...started, logFile, logStart };
  };

  async function startNamesrv() {
    const started = await java('namesrv', [
      ...namesrvMemory,
      '-Drmq.logback.configurationFile=rmq.namesrv.logback.xml',
      'org.apache.rocketmq.namesrv.NamesrvStartup',
      '-c',
      join(home, 'namesrv.conf'),
    ]);
    await waitUntil('the name server', started, () => isListening(ports.namesrv));
  }

  async function startBroker() {
    const memory = brokerMemory[/** @type {keyof typeof brokerMemory} */ (profile)] ?? brokerMemory.default;
    const started = await java('broker', [
      ...memory,
      '-Drmq.logback.configurationFile=rmq.proxy.logback.xml',
      'org.apache.rocketmq.proxy.ProxyStartup',
      '-pm',
      'local',
      '-n',
      `127.0.0.1:${ports.namesrv}`,
      '-pc',
      join(home, 'rmq-proxy.json'),
      '-bc',
      join(home, 'broker.conf'),
    ]);
    await waitUntil('the broker', started, async () => {
      const output = readFileSync(started.logFile, 'utf8').slice(started.logStart);
      return output.includes('rocketmq-proxy startup successfully') && (await routes());
    });
  }

  /** A route for every topic: what a client needs, and the proof that the provisioning was read. */
  async function routes() {
    for (const { name } of topology.topics) {
      const answer = await queryRoute(endpoint, name, { credentials: security }).catch(() => undefined);
      if (!answer?.ok) return false;
    }
    return true;
  }

  const alive = (/** @type {'namesrv' | 'broker'} */ role) => pidOf(folder, role);

  return {
    endpoint,
    /** What clients must know; only of the profile "secured". */
    security,
    get pid() {
      return alive('broker');
    },
    isRunning: () => alive('broker') !== undefined,

    async isHealthy() {
      return alive('namesrv') !== undefined && alive('broker') !== undefined && (await routes());
    },

    /** Starts what does not run, on the same ports and the same store, and waits until clients can work. */
    async start() {
      if (await this.isHealthy()) return;
      await installRocketmq(log); // shows its own progress
      await step(log, 'Starting RocketMQ', async () => {
        await endBroker(); // one that lives but does not answer
        mkdirSync(join(home, 'store'), { recursive: true });
        renderConfiguration(home, { profile, ports, store: join(home, 'store'), security });
        provision(join(home, 'store'), topology);
        for (const name of brokerPorts) await waitUntilFree(name, ports[name]);
        if (alive('namesrv') === undefined || !(await isListening(ports.namesrv))) {
          await endNamesrv();
          await startNamesrv();
        }
        await startBroker();
      });
    },

    /** Ends broker and proxy, not the name server, and waits until the process is gone. @param {NodeJS.Signals} signal */
    async kill(signal = 'SIGKILL') {
      const pid = alive('broker');
      if (pid !== undefined) await stopProcess(pid, [[signal, 30_000]]);
    },

    /** Its disk is lost: killed, and all that it stored is gone. The next start makes topics and groups as the first one did. */
    async lose() {
      await this.kill();
      rmSync(join(home, 'store'), { recursive: true, force: true, maxRetries: 5 });
    },

    /**
     * Another number of queues of one topic, while it runs. Fewer: what the others hold is read again when they are back. Until
     * the next start, which puts topology.json in force again.
     * @param {string} topic @param {number} queues
     */
    async setQueues(topic, queues) {
      const known = topology.topics.find(({ name }) => name === topic);
      if (!known) throw new StackError(`There is no topic ${topic} in topology.json.`);
      await ask(ports.broker, updateAndCreateTopic, topicFields({ ...known, queues }));
    },

    /** Orderly, 13-17 s; at most 25 s. */
    async stop() {
      await endBroker([['SIGTERM', 25_000]]);
      await endNamesrv(); // keeps nothing that the broker does not tell it again; a polite stop holds its port for 7 s
    },
  };

  async function endBroker(/** @type {[NodeJS.Signals, number][]} */ polite = []) {
    const pid = alive('broker');
    if (pid !== undefined) await stopProcess(pid, [...polite, ['SIGKILL', 10_000]]);
  }

  async function endNamesrv() {
    const pid = alive('namesrv');
    if (pid !== undefined) await stopProcess(pid, [['SIGKILL', 10_000]]);
  }
}

/**
 * @param {string} what
 * @param {{ hasEnded: () => boolean, logFile: string }} started
 * @param {() => Promise<boolean>} isReady
 */
async function waitUntil(what, { hasEnded, logFile }, isReady) {
  const deadline = Date.now() + readyWithinMs;
  while (!(await isReady())) {
    if (hasEnded() || Date.now() > deadline) {
      const why = hasEnded() ? 'ended while starting' : `was not ready after ${readyWithinMs / 1000} s`;
      throw new StackError(`RocketMQ: ${what} ${why}. Its log (${logFile}) ends with:\n${tail(logFile)}`);
    }
    await sleep(50);
  }
}

const sizeOf = (/** @type {string} */ file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** @param {number} port @returns {Promise<boolean>} */
function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => socket.destroy() && resolve(true));
    socket.once('error', () => resolve(false));
  });
}
