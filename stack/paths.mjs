import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The one ignored folder: the RocketMQ installation and every instance live here. */
export const dataFolder = join(root, '.data');

/** A throw-away stack never shares its folder, not even with another one of the same process. @param {string} profile @param {boolean} throwAway */
export function instanceFolder(profile, throwAway) {
  if (throwAway) return join(dataFolder, `${profile}-${process.pid}-${randomBytes(2).toString('hex')}`);
  return join(dataFolder, profile === 'default' ? 'stack' : `stack-${profile}`);
}

/** Where an instance puts what the PostgreSQL user cannot reach inside the checkout (a home folder of mode 0700). */
export function overflowFolder(/** @type {string} */ folder) {
  const id = createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 12);
  return join(tmpdir(), `halfway-${id}`);
}
