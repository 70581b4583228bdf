// npm test: from a fresh clone to one last line "N passed, N failed". More arguments go to jest.
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
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
const given = process.argv.slice(2);
/** Of the jest that has brought up the stack. @type {number | undefined} */
let stackOwner;

await runMain(async () => {
  await prepare({ log });
  mkdirSync(dataFolder, { recursive: true });
  // Tests on the real broker wait most of the time; types and unit tests only calculate, and do so behind them.
  const inBackground = async () => {
    const typesHold = await step(log, 'Checking types', checkTypes);
    return { typesHold, runs: given.length > 0 ? [] : [await jest('unit', ['--selectProjects', 'unit'], 10)] };
  };
  const [{ typesHold, runs }, real] = await Promise.all([
    inBackground(),
    given.length > 0 ? jest('given', given) : jest('real', ['--selectProjects', 'int', 'e2e']),
  ]);
  const { passed, failed, remarks } = tally({ typesHold, runs: [...runs, real] });
  for (const remark of remarks) log(remark);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
});

async function checkTypes() {
  for (const project of ['tsconfig.json', 'stack/tsconfig.json']) {
    if (!(await node([tsc, '--noEmit', '-p', project], (pid) => setPriority(pid, 10)))) return false;
  }
  return true;
}

/** @param {string} name @param {string[]} args @param {number} [niceness] */
async function jest(name, args, niceness) {
  const path = join(dataFolder, `jest-${process.pid}-${name}.json`);
  const program = [
    '--import=./stack/exit-at-once.mjs',
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  try {
    const holds = await node([...program, '--json', `--outputFile=${path}`, ...args], (pid) => {
      if (niceness === undefined) stackOwner = pid;
      else setPriority(pid, niceness);
    });
    return { holds, report: readReport(path) };
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {string[]} args @param {(pid: number) => void} onStart @returns {Promise<boolean>} whether it ended well */
async function node(args, onStart) {
  const { code } = await runChild(process.execPath, args, { cwd: root, show: true, onStart, beforeExit: waitForGuard });
  return code === 0;
}

/** jest drops its global tear-down when it is interrupted; then the stack's guard removes the stack. */
async function waitForGuard() {
  const isThere = () => readdirSync(dataFolder).some((name) => name.startsWith(`test-${stackOwner}-`));
  for (let i = 0; i < 100 && isThere(); i++) await sleep(200);
  for (const name of readdirSync(dataFolder)) {
    if (name.startsWith(`jest-${process.pid}-`)) rmSync(join(dataFolder, name), { force: true });
  }
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
