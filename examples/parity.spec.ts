import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
/** Lines as they were before the formatter broke them. */
const flat = (code: string): string =>
  code
    .replaceAll(/\s+/g, '')
    .replaceAll(/,([)}\]])/g, '$1')
    .replace(/,$/, '');

const rows = [
  ...read('./python-parity.md').matchAll(/^\| ([^|]+) \|.*\| ([^|]+) \| \[[^\]]+\]\(([\w-]+\.ts)\) *\|$/gm),
];
const lines = rows.flatMap(([, operation = '', cell = '', file = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => [operation.trim(), file, code] as const),
);

test('finds the lines of all programs', () => {
  expect(lines.length).toBeGreaterThan(30);
  // Every row that names a file was understood.
  expect(rows).toHaveLength(read('./python-parity.md').match(/\| \[[\w-]+\]\([\w-]+\.ts\) *\|$/gm)?.length ?? 0);
});

test.each(lines)('%s: is a line of %s', (_, file, code) => {
  expect(flat(read(`./${file}`))).toContain(flat(code));
});
