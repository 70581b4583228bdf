import { readFileSync, readdirSync } from 'node:fs';
import { until } from '../support/until.js';

/** SIGSTOP: the process keeps its memory, its sockets and its locks, and does nothing. Resolves when it really stands still. */
export async function freeze(...pids: readonly number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  const stopped = () => pids.every(standsStill);
  await until(`processes ${pids.join(', ')} stand still`, stopped, Boolean, { withinMs: 5_000, everyMs: 2 });
}

/** SIGCONT: it goes on in the middle of whatever it did, with what it believed then. */
export function thaw(...pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGCONT');
    } catch (error) {
      // A process that ended meanwhile needs no thawing.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

/** The process and its children: PostgreSQL is one process per connection. */
export function familyOf(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children];
}

/** The letter that `ps` shows is T. The name in front of it, in parentheses, may contain anything. */
export const standsStill = (pid: number): boolean =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0] === 'T';
