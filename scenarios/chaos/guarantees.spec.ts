import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ablations } from '../ablations/all.js';
import { root } from '../support/stack.js';
import { cells } from './cells/all.js';

const page = readFileSync(join(root, 'docs', 'guarantees.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('|'));
const named = rows.flatMap((row) => [...row.matchAll(/`([^`\s]+)`/g)].map(([, name = '']) => name));

/** `C7.*` stands for all that begin with `C7.`. */
const isCell = (name: string): boolean =>
  cells.some(({ id }) => (name.endsWith('.*') ? id.startsWith(name.slice(0, -1)) : id === name));
const looksLikeCell = (name: string): boolean => /^[A-Z]\d+\./.test(name);

describe('docs/guarantees.md', () => {
  it('names only cells that the crash matrix has', () => {
    const wanted = named.filter(looksLikeCell);
    expect(wanted.length).toBeGreaterThan(40);
    expect(wanted.filter((name) => !isCell(name))).toEqual([]);
  });

  it('names no ablation that does not exist', () => {
    const names = new Set(ablations.map(({ name }) => name));
    const last = rows.map((row) => row.split('|').at(-2) ?? '').join(' ');
    const wanted = [...last.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name);
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
  });

  it('links only to files that exist', () => {
    const links = [...page.matchAll(/\]\(([^)#]+)/g)].map(([, link = '']) => link);
    expect(links.filter((link) => !existsSync(join(root, 'docs', link)))).toEqual([]);
  });
});
