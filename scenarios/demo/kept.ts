import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, stackModule, type Stack } from '../support/stack.js';
import { until } from '../support/until.js';

/** Where "demo --keep" leaves its system; others get a folder of their own and may run beside it. */
export const keptFolder = join(root, '.data', 'demo');
export const throwAwayFolder = join(root, '.data', `demo-${process.pid}`);

/** The system that an earlier "--keep" has left up, or what is left of it. */
export async function findKept(log: (line: string) => void): Promise<Stack | undefined> {
  if (!existsSync(join(keptFolder, 'state.json'))) return undefined;
  const { attachStack } = await stackModule();
  return attachStack({ folder: keptFolder, log });
}

/** Services first, so that they drain; then the stack and what it stored. Says whether there was anything to stop. */
export async function stopKept(log: (line: string) => void): Promise<boolean> {
  const stack = await findKept(log);
  if (!stack) return false;
  await Promise.all(['order', 'inventory'].map((role) => end(stack, role)));
  await stack.stop({ discard: true });
  return true;
}

/** The process is found by the mark it carries, never by a pid that was written down. */
async function end(stack: Stack, role: string): Promise<void> {
  const pid = stack.pids[role];
  if (pid === undefined) return;
  process.kill(pid, 'SIGTERM');
  const gone = (): boolean => stack.pids[role] !== pid;
  await until(`the ${role} service has stopped`, gone, Boolean, { withinMs: 22_000 }).catch(() => {
    process.kill(pid, 'SIGKILL');
  });
}
