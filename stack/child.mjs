import { spawn } from 'node:child_process';

const signals = /** @type {const} */ ({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 });

/**
 * Runs a program to its end. A signal that would end us ends the program first: Ctrl-C reaches both, but "kill" and a CI job
 * that is cancelled reach only us, and npm or jest would go on behind our back.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd: string, show?: boolean, onStart?: (pid: number) => void, beforeExit?: (pid: number) => Promise<void> }} options
 *   show: its output goes where ours goes; beforeExit: what else must be over before we obey a signal
 * @returns {Promise<{ code: number | null, output: string }>} rejects when it cannot be started
 */
export function runChild(command, args, { cwd, show = false, onStart, beforeExit }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
    if (child.pid !== undefined) onStart?.(child.pid);
    /** @type {string[]} */
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(String(chunk)));

    /** @type {keyof typeof signals | undefined} */
    let interruptedBy;
    const forward = (/** @type {keyof typeof signals} */ signal) => child.kill((interruptedBy = signal));
    const names = /** @type {(keyof typeof signals)[]} */ (Object.keys(signals));
    for (const name of names) process.on(name, forward);
    const release = () => names.forEach((name) => process.removeListener(name, forward));

    child.once('error', (error) => {
      release();
      reject(error);
    });
    child.once('close', (code) => {
      if (interruptedBy === undefined) {
        release();
        return resolve({ code, output: output.join('').trim() });
      }
      const exitCode = signals[interruptedBy];
      void Promise.resolve(beforeExit?.(child.pid ?? 0)).finally(() => process.exit(exitCode));
    });
  });
}
