import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { overflowFolder } from './paths.mjs';
import { processesOf, stopProcess } from './processes.mjs';

/** Ends everything of the instance at once and removes what it stored. @param {string} folder */
export async function discard(folder) {
  await endProcesses(folder);
  const stored = ['rocketmq', 'postgres', 'state.json'].map((name) => join(folder, name));
  for (const path of [...stored, overflowFolder(folder)]) rmSync(path, { recursive: true, force: true, maxRetries: 5 });
}

/** Whatever is left of it, found by its marks. SIGQUIT lets PostgreSQL end its children; SIGKILL would leave them a moment longer. */
export async function endProcesses(/** @type {string} */ folder) {
  const members = processesOf(folder).filter(({ role }) => role !== 'guard');
  await Promise.all(
    members.map(({ pid, role }) =>
      stopProcess(
        pid,
        role === 'postgres'
          ? [
              ['SIGQUIT', 10_000],
              ['SIGKILL', 5_000],
            ]
          : [['SIGKILL', 10_000]],
      ),
    ),
  );
}

/** Beside the folder, because "fresh" removes what is inside. */
export const lockOf = (/** @type {string} */ folder) => `${folder}.lock`;
