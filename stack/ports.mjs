import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './stack-error.mjs';

/** Documented in the README; docker-compose.yml publishes the same. */
export const defaultPorts = Object.freeze({
  namesrv: 9876,
  broker: 10911,
  proxyGrpc: 8081,
  proxyRemoting: 18080,
  metrics: 5557,
  postgres: 15432,
});

/** @typedef {keyof typeof defaultPorts} PortName */
/** @typedef {Record<PortName, number>} Ports */

/** The broker also takes the port two below (fast) and one above (HA). @param {string} name @param {number} port */
export const portsTaken = (name, port) => (name === 'broker' ? [port - 2, port, port + 1] : [port]);

/** Below the range the kernel hands out to outgoing connections, so that nothing slips in between choosing and binding. */
const searchFrom = 20_000;
const searchTo = 32_000;

/**
 * @param {'default' | 'free'} mode default: the documented port unless it is taken
 * @param {PortName[]} names
 * @param {Partial<Ports>} [preferred] ports of an earlier run
 */
export async function choosePorts(mode, names, preferred = {}) {
  /** @type {Partial<Ports>} */
  const ports = {};
  /** @type {{ name: PortName, from: number, to: number }[]} */
  const moved = [];
  const used = new Set();
  for (const name of names) {
    const wanted = preferred[name] ?? (mode === 'default' ? defaultPorts[name] : undefined);
    const port = wanted !== undefined && (await isFree(name, wanted, used)) ? wanted : await findFree(name, used);
    if (mode === 'default' && port !== defaultPorts[name]) moved.push({ name, from: defaultPorts[name], to: port });
    for (const taken of portsTaken(name, port)) used.add(taken);
    ports[name] = port;
  }
  return { ports, moved };
}

/** @param {string} name @param {number} port @param {Set<number>} [used] */
export async function isFree(name, port, used = new Set()) {
  for (const candidate of portsTaken(name, port)) if (used.has(candidate) || !(await canBind(candidate))) return false;
  return true;
}

/** A process that was just killed may hold its port for a moment. @param {PortName} name @param {number} port */
export async function waitUntilFree(name, port) {
  const deadline = Date.now() + 10_000;
  while (!(await isFree(name, port))) {
    if (Date.now() > deadline)
      throw new StackError(
        `Port ${portsTaken(name, port).join(' or ')} (${name}) is taken by another program. Stop that program.`,
      );
    await sleep(50);
  }
}

/** For a program beside the stack: `wanted` unless it is undefined or taken. @param {string} name @param {number} [wanted] */
export async function freePort(name, wanted) {
  return wanted !== undefined && (await canBind(wanted)) ? wanted : findFree(name, new Set());
}

/** At random, because several stacks may be looking at the same time. @param {string} name @param {Set<number>} used */
async function findFree(name, used) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = searchFrom + Math.floor(Math.random() * (searchTo - searchFrom));
    if (await isFree(name, port, used)) return port;
  }
  throw new StackError(`No free port for ${name} between ${searchFrom} and ${searchTo}. Stop what occupies them.`);
}

/** Without a host: on every address at once, as RocketMQ does. @param {number} port @returns {Promise<boolean>} */
function canBind(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
