// One writer per folder: "up" twice at once, two installations at once. A lock file, because Node has no flock; it names its
// holder's process, so that a lock whose holder was killed is taken over.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, startedAt } from './processes.mjs';
import { StackError } from './stack-error.mjs';

/**
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {{ waitMs?: number, onWait?: () => void }} [options]
 */
export async function withLock(file, work, { waitMs = 120_000, onWait } = {}) {
  const deadline = Date.now() + waitMs;
  const mine = `${process.pid} ${startedAt(process.pid)} ${Math.random()}`;
  mkdirSync(dirname(file), { recursive: true });
  for (let waited = false; !tryTake(file, mine); waited = true) {
    if (Date.now() > deadline)
      throw new StackError(
        `Process ${readOrEmpty(file).split(' ')[0]} holds ${file}. Wait for it, or end it and try again.`,
      );
    if (!waited) onWait?.();
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    if (readOrEmpty(file) === mine) rmSync(file, { force: true });
  }
}

/** @param {string} file @param {string} mine */
function tryTake(file, mine) {
  const aside = `${file}.${process.pid}`;
  try {
    writeFileSync(aside, mine);
    linkSync(aside, file); // with its content at once: a half-written lock cannot exist
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  const holder = readOrEmpty(file);
  if (isHeld(holder)) return false;
  // Moved aside instead of deleted: of several takers only one moves it, and one that moved a fresh lock puts it back.
  try {
    renameSync(file, aside);
    if (readOrEmpty(aside) !== holder) linkSync(aside, file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  return false;
}

/** The start time too: a pid is used again. */
function isHeld(/** @type {string} */ holder) {
  const [pid, started] = holder.split(' ');
  return isAlive(Number(pid)) && startedAt(Number(pid)) === started;
}

const codeOf = (/** @type {unknown} */ error) => /** @type {NodeJS.ErrnoException} */ (error).code;

function readOrEmpty(/** @type {string} */ file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
