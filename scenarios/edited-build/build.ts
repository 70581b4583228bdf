import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/stack.js';
import { applyEdits, type Edit } from './edit.js';
import { builtFile, isSameCode, transpile } from './transpile.js';

/** What `npm run build` made is not what the source says today. */
export class StaleBuildError extends Error {
  override readonly name = 'StaleBuildError';

  constructor(file: string) {
    super(`dist/ is not what the build makes of ${file} today. Run "npm run build".`);
  }
}

const source = (file: string): string => readFileSync(join(root, file), 'utf8');

/**
 * A build with `edits` in it and nothing else: the folder of the real build again, by hard links, with the edited files in
 * the place of theirs. That nothing else differs is checked: what is compiled here must be, without the edits, what the build
 * has made of the same file.
 * @returns the folder, for `System.start({ dist })`.
 * @throws EditDoesNotApplyError, StaleBuildError
 */
export function buildEdited(name: string, edits: readonly Edit[]): string {
  const dist = join(root, 'dist');
  const target = join(root, 'dist-edited', name);
  const edited = applyEdits(edits, source);
  for (const file of edited.keys()) {
    if (!isSameCode(transpile(file, source(file)), readFileSync(builtFile(dist, file), 'utf8'))) {
      throw new StaleBuildError(file);
    }
  }
  rmSync(target, { recursive: true, force: true });
  for (const part of ['apps', 'libs']) linkTree(join(dist, part), join(target, part));
  for (const [file, text] of edited) {
    const built = builtFile(target, file);
    // A new file: writing into the linked one would change the real build.
    rmSync(built);
    rmSync(`${built}.map`, { force: true });
    writeFileSync(built, transpile(file, text));
  }
  return target;
}

function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [here, there] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(here, there);
    else linkSync(here, there);
  }
}
