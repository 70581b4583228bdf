import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from '../stack-error.mjs';

export const oldestJava = 17;

/** JAVA_HOME first, as every Java tool does. @param {'java' | 'javac'} tool */
export function javaTool(tool) {
  const inHome = process.env.JAVA_HOME && join(process.env.JAVA_HOME, 'bin', tool);
  return inHome && existsSync(inHome) ? inHome : tool;
}

/** @param {string} output of "java -version" or "javac -version" @returns {number | undefined} */
export function majorVersion(output) {
  const [, first, second] = /(?:version "|javac )(\d+)(?:\.(\d+))?/.exec(output) ?? [];
  if (first === undefined) return undefined;
  return Number(first === '1' ? second : first); // 1.8.0 is Java 8
}

/** What is installed; undefined where it is not there. */
export function findJava() {
  const version = (/** @type {'java' | 'javac'} */ tool) => {
    const { stdout, stderr, error } = spawnSync(javaTool(tool), ['-version'], { encoding: 'utf8' });
    return error ? undefined : majorVersion(stdout + stderr);
  };
  return { java: version('java'), javac: version('javac') };
}

export function requireJdk() {
  const { java, javac } = findJava();
  if (java === undefined || javac === undefined || java < oldestJava)
    throw new StackError(
      `RocketMQ needs a JDK ${oldestJava} or newer; found java ${java ?? 'none'}, javac ${javac ?? 'none'}. ` +
        `Install one (Debian: apt install openjdk-17-jdk-headless) or let JAVA_HOME point to it.`,
    );
}
