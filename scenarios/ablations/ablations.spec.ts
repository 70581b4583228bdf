import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cells } from '../chaos/cells/all.js';
import { applyEdits } from '../edited-build/edit.js';
import { isSameCode, transpile } from '../edited-build/transpile.js';
import { root } from '../support/stack.js';
import { ablations, editsOf } from './all.js';

const source = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('ablations', () => {
  const untouched = new Map<string, string>();
  const compiled = (file: string): string => {
    const code = untouched.get(file) ?? transpile(file, source(file));
    untouched.set(file, code);
    return code;
  };

  it.each(ablations.map((ablation) => [ablation.name, ablation] as const))(
    '%s: applies to the source of today, compiles, and changes what runs',
    (_, ablation) => {
      const edited = applyEdits(editsOf(ablation), source);
      const own = new Set(ablation.edits.map(({ file }) => file));
      const same = [...own].filter((file) => isSameCode(transpile(file, edited.get(file) ?? ''), compiled(file)));
      expect(same).toEqual([]);
    },
  );

  it('are shown by cells of the matrix', () => {
    const known = new Set(cells.map(({ id }) => id));
    expect(ablations.filter(({ shownBy }) => shownBy.length === 0).map(({ name }) => name)).toEqual([]);
    expect(ablations.flatMap(({ shownBy }) => shownBy).filter((id) => !known.has(id))).toEqual([]);
  });

  it('foretell what convicts them, unless they are expected to stay green', () => {
    expect(ablations.filter(({ expected, evidence }) => (expected === 'red') !== (evidence !== ''))).toEqual([]);
  });

  it('have names of their own, fit for a folder', () => {
    const names = ablations.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z0-9-]+$/.test(name))).toEqual([]);
  });

  it('edit nothing that the build compiles in its own way', () => {
    const files = ablations.flatMap(({ edits }) => edits.map(({ file }) => file));
    expect(files.filter((file) => /\.(?:controller|request|response)\.ts$/.test(file))).toEqual([]);
  });
});
