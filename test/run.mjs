// npm test: from a fresh clone to one last line "N passed, N failed". More arguments go to jest.
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runChild } from '../stack/child.mjs';
import { dataFolder, root } from '../stack/paths.mjs';
import { prepare } from '../stack/prepare.mjs';
import { step } from '../stack/progress.mjs';
import { runMain } from '../stack/run-main.mjs';
import { tally } from './tally.mjs';

const log = (/** @type {string} */ line) => console.error(line);
const tsc = 'node_modules/typescript/bin/tsc';
const results = join(dataFolder, `jest-${process.pid}.json`);

await runMain(async () => {
  await prepare({ log });
  const typesHold = await step(log, 'Checking types', async () => {
    const projects = ['tsconfig.json', 'stack/tsconfig.json'];
    for (const project of projects) if (!(await node([tsc, '--noEmit', '-p', project]))) return false;
    return true;
  });
  mkdirSync(dataFolder, { recursive: true });
  const jestHolds = await node([
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${results}`,
    ...process.argv.slice(2),
  ]);
  const { passed, failed, remarks } = tally({ typesHold, jestHolds, report: readReport() });
  for (const remark of remarks) log(remark);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
});

/** @param {string[]} args @returns {Promise<boolean>} whether it ended well */
async function node(args) {
  const { code } = await runChild(process.execPath, args, { cwd: root, show: true, beforeExit: waitForGuard });
  return code === 0;
}

/** jest drops its global tear-down when it is interrupted; then the stack's guard removes the stack. @param {number} pid of jest */
async function waitForGuard(pid) {
  const isThere = () => readdirSync(dataFolder).some((name) => name.startsWith(`test-${pid}-`));
  for (let i = 0; i < 100 && isThere(); i++) await sleep(200);
  rmSync(results, { force: true });
}

function readReport() {
  try {
    return JSON.parse(readFileSync(results, 'utf8'));
  } catch {
    return undefined;
  } finally {
    rmSync(results, { force: true });
  }
}
