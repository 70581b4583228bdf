// Which processes belong to an instance is asked of the operating system, never believed from a pid file: each process is
// started with two marks in its command line, so a reused pid is not ours and an orphan without any file is still found.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './stack-error.mjs';

/** @typedef {'namesrv' | 'broker' | 'postgres' | 'guard'} Role */
/** @typedef {{ pid: number, role: Role }} Member */

/** @param {string} folder @param {Role} role */
export const marks = (folder, role) => [`halfway.instance=${folder}`, `halfway.role=${role}`];

/** Every living process of the instance. @param {string} folder @returns {Member[]} */
export function processesOf(folder) {
  const [instance] = marks(folder, 'guard');
  const members = commandLines()
    .filter(({ args }) => args.some((arg) => arg.replace(/^-D/, '') === instance))
    .map(({ pid, args }) => ({ pid, role: /** @type {Role} */ (roleIn(args)) }));
  // A child of PostgreSQL carries its parent's command line for the moment between fork and renaming itself.
  const firstOf = new Map(members.toReversed().map((member) => [member.role, member.pid]));
  return members.filter(({ pid, role }) => role !== 'postgres' || firstOf.get(role) === pid);
}

/** @param {string} folder @param {Role} role */
export const pidOf = (folder, role) => processesOf(folder).find((member) => member.role === role)?.pid;

const roleIn = (/** @type {string[]} */ args) =>
  args.map((arg) => /^(?:-D)?halfway\.role=(.*)$/.exec(arg)?.[1]).find((role) => role !== undefined);

/** @returns {{ pid: number, args: string[] }[]} in the order of their pids; a zombie has no arguments */
function commandLines() {
  if (!existsSync('/proc/self/cmdline')) return commandLinesFromPs();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
    .map((pid) => ({ pid, args: readOrEmpty(`/proc/${pid}/cmdline`).split('\0') }));
}

/** Without /proc the arguments cannot be told apart at blanks: good enough for folders without blanks. */
function commandLinesFromPs() {
  const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, ...args] = line.trim().split(/\s+/);
    return { pid: Number(pid), args };
  });
}

/** A process may vanish between listing and reading. @param {string} file */
function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** @param {number} pid false for a zombie too: it holds no port, no lock and no memory */
export function isAlive(pid) {
  if (!(pid > 0)) return false; // 0 would mean our own process group
  try {
    process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  return !/\) Z /.test(readOrEmpty(`/proc/${pid}/stat`));
}

/** With the pid it names a process for good. @param {number} pid @returns {string} empty when there is none */
export function startedAt(pid) {
  if (existsSync('/proc/self/stat')) return readOrEmpty(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[19] ?? '';
  return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
}

/** @param {number} pid @param {number} ms @returns {Promise<boolean>} whether it is gone */
export async function waitUntilGone(pid, ms) {
  const deadline = Date.now() + ms;
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/**
 * Asks politely, then less so. Each step is a signal and how long it may take.
 * @param {number} pid
 * @param {[NodeJS.Signals, number][]} steps
 */
export async function stopProcess(pid, steps) {
  for (const [signal, ms] of steps) {
    sendSignal(pid, signal);
    if (await waitUntilGone(pid, ms)) return;
  }
  throw new StackError(
    `Process ${pid} does not end, not even after ${steps.at(-1)?.[0]}. End it by hand: kill -9 ${pid}`,
  );
}

/** @param {number} pid @param {NodeJS.Signals} signal */
export function sendSignal(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === 'ESRCH') return;
    if (code === 'EPERM')
      throw new StackError(`Process ${pid} belongs to another user. Stop it as that user: kill ${pid}`, {
        cause: error,
      });
    throw error;
  }
}

/**
 * Starts a process in its own session, so that Ctrl-C reaches only whoever owns the stack and can stop it in order.
 * Output goes to a file, not to a pipe that would die with us.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, logFile: string, env?: NodeJS.ProcessEnv, user?: { uid: number, gid: number } }} options
 */
export function startDetached(command, args, { cwd, logFile, env = process.env, user }) {
  const output = openSync(logFile, 'a');
  try {
    const child = spawn(command, args, { cwd, env, ...user, detached: true, stdio: ['ignore', output, output] });
    /** @type {Error | undefined} */
    let failure;
    child.on('error', (error) => (failure = error)); // ENOENT and the like; seen by whoever waits for readiness
    child.unref();
    return {
      pid: child.pid,
      hasEnded: () => failure !== undefined || child.exitCode !== null || child.signalCode !== null,
    };
  } finally {
    closeSync(output);
  }
}

/** The end of a log, for error messages. @param {string} file */
export function tail(file, lines = 15) {
  return readOrEmpty(file).trimEnd().split('\n').slice(-lines).join('\n');
}
