import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Skipped } from './small-disk.js';

/** Where distributions put it, below the folder of the architecture. */
const folders = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];
const library = join('faketime', 'libfaketime.so.1');

/** The library that gives a program another wall clock, if this machine has it (Debian: the package libfaketime). */
export function findFaketime(): string | undefined {
  const candidates = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))])
    .map((folder) => join(folder, library));
  return candidates.find((file) => existsSync(file));
}

/**
 * Programs that `start` starts, PostgreSQL or the broker, have a wall clock that is ahead by `shiftMs`. For our own services there
 * is clock-shift.mjs, which needs nothing installed.
 */
export async function withShiftedClock(shiftMs: number, start: () => Promise<void>): Promise<Skipped | undefined> {
  const found = findFaketime();
  if (found === undefined) {
    return { skipped: 'There is no libfaketime on this machine. Install it, e.g. apt-get install libfaketime.' };
  }
  const seconds = Math.round(shiftMs / 1000);
  const settings = {
    LD_PRELOAD: found,
    FAKETIME: `${seconds < 0 ? '' : '+'}${seconds}s`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1', // a monotonic clock does not jump on a real machine either
  };
  const before = Object.keys(settings).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, settings); // the stack's programs inherit it
  try {
    await start();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
  return undefined;
}
