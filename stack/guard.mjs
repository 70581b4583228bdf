// A throw-away stack must not outlive its owner, not even one that was killed with SIGKILL and could clean nothing up. So a
// small process of its own waits at the end of a pipe: the kernel closes the pipe when the owner is gone, however it went.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { discard, lockOf } from './discard.mjs';
import { dataFolder } from './paths.mjs';
import { marks, pidOf, sendSignal } from './processes.mjs';

const file = fileURLToPath(import.meta.url);
/** Left in the folder of every throw-away stack. */
const markOf = (/** @type {string} */ folder) => join(folder, 'throw-away');

/** Before anything else is started. @param {string} folder */
export function postGuard(folder) {
  writeFileSync(markOf(folder), '');
  const child = spawn(process.execPath, [file, folder, ...marks(folder, 'guard')], {
    detached: true, // Ctrl-C reaches the owner, and the guard sees the end of it
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  /** @type {import('node:net').Socket} */ (child.stdin).unref();
  child.stdin.on('error', () => {}); // a guard that died guards nothing; the next start sweeps
  return {
    dismiss() {
      if (child.pid !== undefined) sendSignal(child.pid, 'SIGKILL');
    },
  };
}

/** The stack is no longer thrown away. @param {string} folder */
export function dismissGuard(folder) {
  rmSync(markOf(folder), { force: true });
}

/** Throw-away stacks whose guard is gone too: the machine restarted, or somebody killed both. @param {import('./progress.mjs').Log} log */
export async function sweepAbandoned(log) {
  if (!existsSync(dataFolder)) return;
  for (const name of readdirSync(dataFolder)) {
    const folder = join(dataFolder, name);
    if (!existsSync(markOf(folder)) || pidOf(folder, 'guard') !== undefined) continue;
    log(`Removing ${name}, left behind by a run that was killed.`);
    await remove(folder);
  }
}

async function remove(/** @type {string} */ folder) {
  await discard(folder);
  for (const leftover of [folder, lockOf(folder)]) rmSync(leftover, { recursive: true, force: true });
}

if (process.argv[1] === file) {
  const [, , folder = ''] = process.argv;
  process.stdin.resume().on('close', () => void remove(resolve(folder)).then(() => process.exit(0)));
}
