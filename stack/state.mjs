import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What an instance was started with: enough to speak to it, stop it and start its parts again. Which processes run is not in
 * here, that is asked of the operating system.
 * @typedef {object} State
 * @property {string} profile
 * @property {import('./ports.mjs').Ports} ports
 * @property {boolean} durable
 * @property {import('./rocketmq/provision.mjs').Topology} [extraTopology]
 * @property {External} external
 */

/**
 * What somebody else runs, from the environment.
 * @typedef {object} External
 * @property {string} [rocketmqEndpoint]
 * @property {string} [orderDatabaseUrl]
 * @property {string} [orderMigrationDatabaseUrl]
 * @property {string} [inventoryDatabaseUrl]
 * @property {string} [inventoryMigrationDatabaseUrl]
 */

const fileIn = (/** @type {string} */ folder) => join(folder, 'state.json');

/** @param {string} folder @returns {State | undefined} undefined also for a file that a crash cut: the stack is then started anew */
export function readState(folder) {
  try {
    return JSON.parse(readFileSync(fileIn(folder), 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {string} folder @param {State} state */
export function writeState(folder, state) {
  mkdirSync(folder, { recursive: true });
  const temporary = `${fileIn(folder)}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(state, null, 2));
  renameSync(temporary, fileIn(folder));
}
