import { execFileSync } from 'node:child_process';
import { root } from '../support/stack.js';

/** As git names it, `+` behind it when something is changed; undefined outside a repository, e.g. in an unpacked archive. */
export function sourceCommit(): string | undefined {
  try {
    const describe = ['describe', '--always', '--dirty=+'];
    return execFileSync('git', describe, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
