// From a fresh clone to something that can run: the Node version, "npm ci", the build, each only when needed. Nothing but
// Node's own modules here, because this runs before anything is installed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { withLock } from './lock.mjs';
import { dataFolder, root } from './paths.mjs';
import { step } from './progress.mjs';
import { installRocketmq } from './rocketmq/install.mjs';
import { StackError } from './stack-error.mjs';

/** What the client, jest and the build were verified with; see "engines" in package.json. */
export const oldestNode = /** @type {const} */ ([20, 19]);

/** Everything the build reads. Specs too: a needless build costs seconds, a missed one an afternoon. */
const sources = [
  'apps',
  'libs',
  'scenarios',
  'examples',
  'test/support', // which the examples use
  'tsconfig.json',
  'tsconfig.build.json',
  'nest-cli.json',
  'package.json',
];

/**
 * @param {object} [options]
 * @param {boolean} [options.build] compile the services and the scenarios
 * @param {boolean} [options.rocketmq] fetch RocketMQ while npm works; default: unless somebody else runs it
 * @param {import('./progress.mjs').Log} [options.log]
 */
export async function prepare({ build = true, rocketmq = !process.env.ROCKETMQ_ENDPOINT, log = console.error } = {}) {
  requireNode(process.versions.node);
  // Two commands at once in one checkout: the second waits, then finds everything done.
  const onWait = () => log('Another command prepares this checkout; waiting …');
  await withLock(
    join(dataFolder, 'prepare.lock'),
    async () => {
      await Promise.all([install(root, log), rocketmq && installRocketmq(log)]);
      if (build) await compile(root, log);
    },
    { waitMs: 600_000, onWait },
  );
}

/** @param {string} version */
export function requireNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = oldestNode;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    throw new StackError(
      `Node ${version} is too old: ${oldestNode.join('.')} or newer is needed. Install it, for example with "nvm install 20".`,
    );
}

/** @param {string} folder @param {import('./progress.mjs').Log} log */
async function install(folder, log) {
  if (!needsInstall(folder)) return;
  await step(log, 'Installing packages (npm ci)', () =>
    npm(
      ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
      folder,
      'npm ci failed. Check the network and the registry npm is set to.',
    ),
  );
  writeFileSync(stampOf(folder), lockHash(folder));
}

/**
 * The content of the lock file decides: a checkout or a clone touches its time without changing it. Where somebody ran npm
 * themselves there is no stamp of ours, but npm's own, written last.
 * @param {string} folder
 */
export function needsInstall(folder) {
  const npmStamp = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(npmStamp)) return true; // npm removes it first and writes it last
  if (existsSync(stampOf(folder)) && readFileSync(stampOf(folder), 'utf8') === lockHash(folder)) return false;
  if (mtime(npmStamp) < mtime(join(folder, 'package-lock.json'))) return true;
  writeFileSync(stampOf(folder), lockHash(folder)); // from now on by content
  return false;
}

/** @param {string} folder @param {import('./progress.mjs').Log} log */
async function compile(folder, log) {
  const hash = sourceHash(folder);
  const stamp = join(folder, 'dist', '.halfway-source-hash');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  await step(log, 'Building (npm run build)', () => npm(['run', '--silent', 'build'], folder, 'The build failed.'));
  writeFileSync(stamp, hash); // inside dist: "npm run clean" takes it along, and a failed build never gets one
}

/** By name, size and time instead of content: the build is only repeated needlessly after a fresh checkout. @param {string} folder */
function sourceHash(folder) {
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesBelow(join(folder, source)))) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** @param {string} path @returns {string[]} */
function filesBelow(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return [];
  if (!stat.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** @param {string[]} args of npm @param {string} cwd @param {string} failed */
async function npm(args, cwd, failed) {
  const { code, output } = await runChild('npm', args, { cwd }).catch((cause) => {
    throw new StackError(`npm could not be started: ${cause.message}. It comes with Node; is it in the PATH?`, {
      cause,
    });
  });
  if (code !== 0) throw new StackError(`${failed} It ended with:\n\n${output.split('\n').slice(-30).join('\n')}`);
}

const stampOf = (/** @type {string} */ folder) => join(folder, 'node_modules', '.halfway-lock-hash');
const mtime = (/** @type {string} */ file) => statSync(file).mtimeMs;
const lockHash = (/** @type {string} */ folder) =>
  createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
