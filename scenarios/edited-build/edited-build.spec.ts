import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nextVersions } from '../chaos/cells/versions.js';
import { root } from '../support/stack.js';
import { applyEdits, EditDoesNotApplyError } from './edit.js';
import { transpile } from './transpile.js';

describe('an edit', () => {
  const edit = { file: 'a.ts', find: 'one', replace: 'two' };

  it('changes the one place it names', () => {
    expect([...applyEdits([edit], () => 'and one more')]).toEqual([['a.ts', 'and two more']]);
  });

  it('follows another one of the same file', () => {
    const next = { file: 'a.ts', find: 'two', replace: 'three' };
    expect([...applyEdits([edit, next], () => 'and one more')]).toEqual([['a.ts', 'and three more']]);
  });

  it.each([
    ['is gone', 'nothing'],
    ['is there twice', 'one and one'],
  ])('is refused when its place %s', (_, text) => {
    expect(() => applyEdits([edit], () => text)).toThrow(EditDoesNotApplyError);
  });
});

describe('transpiling', () => {
  it('refuses what is no TypeScript', () => {
    expect(() => transpile('apps/order/src/a.ts', 'const = 1')).toThrow('does not compile');
  });

  it('imports our libraries from where they are, and keeps injected types', () => {
    const code = transpile(
      'apps/order/src/slice/a.ts',
      `import { Producer } from '@halfway/mq'; @Injectable() export class A { constructor(private readonly p: Producer) {} }`,
    );
    expect(code).toContain('from "../../../../libs/mq/src/index.js"');
    expect(code).toContain('__metadata("design:paramtypes", [Producer])');
  });
});

describe('the next versions', () => {
  it.each(Object.entries(nextVersions))('of the %s service: its edits apply to the source of today', (_, edits) => {
    const edited = applyEdits(edits, (file) => readFileSync(join(root, file), 'utf8'));
    expect(() => [...edited].map(([file, text]) => transpile(file, text))).not.toThrow();
  });
});
