import { execFileSync } from 'node:child_process';
import { root } from '../support/stack.js';

const what = ['apps', 'libs', 'scenarios', 'stack', 'package-lock.json'];

/** As git names it, `+` behind it when what is played was changed since; undefined outside a repository, e.g. in an unpacked archive. */
export function sourceCommit(): string | undefined {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changed = git('status', '--porcelain', '--', ...what) !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    return undefined;
  }
}
