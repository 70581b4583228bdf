import { readFileSync } from 'node:fs';
import { DEFAULT_TIMINGS } from './transaction/timings.js';

// Prettier indents a block in Markdown in its own way.
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const compiled = readFileSync(new URL('./readme.type-spec.ts', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/```ts\n([^]*?)```/g)].map(([, text]) => text?.trim() ?? '');

describe('the README of libs/mq', () => {
  it('shows only examples that are compiled', () => {
    expect(examples.length).toBeGreaterThan(4);
    for (const example of examples) expect(flat(compiled)).toContain(flat(example));
  });

  it('tells every timing with its default', () => {
    for (const [name, value] of Object.entries(DEFAULT_TIMINGS)) {
      expect(readme).toMatch(new RegExp(`\\| \`${name}\` +\\| ${value} `));
    }
  });
});
