// RocketMQ from Maven artifacts, once per checkout: jars and a patched class in .data/rocketmq-<version>. Everything is made
// beside its final name and renamed when complete, so an interrupted installation is simply not there.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runChild } from '../child.mjs';
import { withLock } from '../lock.mjs';
import { dataFolder } from '../paths.mjs';
import { step } from '../progress.mjs';
import { StackError } from '../stack-error.mjs';
import { javaTool, requireJdk } from './java.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const pom = join(here, 'pom.xml');
const patchSource = join(here, 'patch', 'TransactionalOpBatchService.java');

/** The version stands in one place: the pom. */
export const rocketmqVersion = /** @type {string} */ (
  /<rocketmq\.version>(.*)<\/rocketmq\.version>/.exec(readFileSync(pom, 'utf8'))?.[1]
);

/** @param {import('../progress.mjs').Log} log @returns {Promise<{ lib: string, patch: string }>} two class path entries, patch first */
export async function installRocketmq(log) {
  requireJdk();
  const folder = join(dataFolder, `rocketmq-${rocketmqVersion}`);
  const lib = join(folder, 'lib');
  const patch = join(folder, `patch-${hashOf(patchSource)}`);
  if (existsSync(lib) && existsSync(patch)) return { lib, patch };

  await withLock(join(folder, 'install.lock'), async () => {
    await installOnce(lib, (target) =>
      step(log, `Fetching RocketMQ ${rocketmqVersion} with Maven (102 MB, once)`, () => copyJars(target)),
    );
    await installOnce(patch, (target) => step(log, 'Compiling the RocketMQ patch', () => compilePatch(lib, target)));
  });
  return { lib, patch };
}

/** @param {string} target @param {(temporary: string) => Promise<void>} make */
async function installOnce(target, make) {
  if (existsSync(target)) return;
  const temporary = `${target}.incomplete`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  await make(temporary);
  renameSync(temporary, target);
}

const copyJars = (/** @type {string} */ target) =>
  run(
    'mvn',
    ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${target}`, '-DincludeScope=runtime'],
    {
      missing: 'Maven fetches RocketMQ and is not installed. Install it (Debian: apt install maven).',
      failed: 'Maven could not fetch RocketMQ. Check the network and your Maven settings, then try again.',
    },
  );

// --release 8, so that the same class also runs in the official Docker image, which brings Java 8.
const compilePatch = (/** @type {string} */ lib, /** @type {string} */ target) =>
  run(
    javaTool('javac'),
    ['--release', '8', '-Xlint:-options', '-proc:none', '-nowarn', '-cp', `${lib}/*`, '-d', target, patchSource],
    {
      missing: 'javac is missing: a JRE is not enough. Install a JDK (Debian: apt install openjdk-17-jdk-headless).',
      failed: `The patch for RocketMQ ${rocketmqVersion} did not compile.`,
    },
  );

/** @param {string} command @param {string[]} args @param {{ missing: string, failed: string }} texts */
async function run(command, args, { missing, failed }) {
  const { code, output } = await runChild(command, args, { cwd: here }).catch((cause) => {
    throw new StackError(missing, { cause });
  });
  if (code !== 0) throw new StackError(`${failed}\n${output.split('\n').slice(0, 10).join('\n')}`);
}

const hashOf = (/** @type {string} */ file) =>
  createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 8);
