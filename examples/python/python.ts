import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { root } from '../../scenarios/support/stack.js';

const run = promisify(execFile);

/** The official client, pinned: what it was tried with. */
const PACKAGE = 'rocketmq-python-client==5.1.2';
const folder = join(root, '.data', `python-${createHash('sha256').update(PACKAGE).digest('hex').slice(0, 8)}`);
const python = join(folder, 'bin', 'python');
const complete = join(folder, '.complete');

/** Why Python cannot be had here; the example is skipped then, and says so. */
export class NoPythonError extends Error {}

/** Once: a virtual environment below .data with the official client. @throws NoPythonError */
export async function installPython(): Promise<void> {
  if (existsSync(complete)) return;
  rmSync(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]).catch((cause: unknown) => {
    throw new NoPythonError('there is no python3 with venv on this machine', { cause });
  });
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE]).catch(
    (cause: unknown) => {
      throw new NoPythonError(`${PACKAGE} could not be installed from PyPI`, { cause });
    },
  );
  writeFileSync(complete, '');
}

export interface PythonProgram {
  /** Everything it has printed, parsed, in its order. */
  readonly told: readonly Told[];
  /** Makes it send one message. */
  send(command: object): void;
  close(): Promise<void>;
}

export type Told = Readonly<Record<string, unknown>> & { readonly event: string };

/** @param log what it writes to standard error */
export function startPython(args: readonly string[], log: (line: string) => void): PythonProgram {
  const home = join(folder, 'home'); // the client writes its log below it
  mkdirSync(home, { recursive: true });
  const file = join(root, 'examples', 'python', 'program.py');
  const child = spawn(python, [file, ...args], { env: { ...process.env, HOME: home }, stdio: 'pipe' });
  const told: Told[] = [];
  // One JSON object a line, by program.py.
  createInterface(child.stdout).on('line', (line) => told.push(JSON.parse(line) as Told));
  createInterface(child.stderr).on('line', log);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    told,
    send: (command) => void child.stdin.write(`${JSON.stringify(command)}\n`),
    close: async () => {
      child.stdin.end();
      // Its consumer waits for a long poll; nothing is left to do in it.
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(late);
    },
  };
}
