import { join } from 'node:path';
import { pointsIn, pointsInSource } from './points-in-source.js';

const points = pointsInSource(join(import.meta.dirname, '..', '..'));
const names = [...new Set(points.map(({ name }) => name))];

describe('crash points in the source', () => {
  it.each([
    'place.before-lookup',
    'publish.after-half',
    'publish.before-commit-answer',
    'resolve.before-answer',
    'relay.before-ack',
    'reserve.after-reservation-rows',
    'consume.before-commit',
    'local.before-send',
    'expire.after-update',
    'refund.after-provider',
    'sweeper.after-send',
  ])('have %s', (name) => {
    expect(names).toContain(name);
  });

  it.each(names)('say where and when: %s', (name) => {
    expect(name).toMatch(/^[a-z]+\.(?:before|after)-[a-z-]+[a-z]$/);
  });

  it('mean one thing each: a name stands in one file only', () => {
    const files = new Map<string, Set<string>>();
    for (const { name, file } of points) files.set(name, (files.get(name) ?? new Set()).add(file));
    expect([...files].filter(([, where]) => where.size > 1)).toEqual([]);
  });
});

describe('the search for crash points', () => {
  it('finds both ways of writing them, with their line', () => {
    const text = `await this.reached?.('a.before-b', type);\n\nif (reached) await reached(\n  'a.after-b', types,\n);`;
    expect(pointsIn(text, 'x.ts')).toEqual([
      { name: 'a.before-b', file: 'x.ts', line: 1 },
      { name: 'a.after-b', file: 'x.ts', line: 3 },
    ]);
  });

  it('does not take a declaration for a point', () => {
    expect(pointsIn('readonly reached?: ReachedPoint; const { reached } = options;', 'x.ts')).toEqual([]);
  });

  it.each(['await reached?.(name);', 'await reached(`a.${step}`)'])(
    'refuses a point that is no literal: %s',
    (text) => {
      expect(() => pointsIn(text, 'x.ts')).toThrow('x.ts:1 reaches a point without a name');
    },
  );
});
