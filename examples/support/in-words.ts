import { inspect } from 'node:util';

/** A value as one short line for people. */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Set) return inWords([...value]);
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object'))
    return value.length ? value.join(', ') : 'nothing';
  return inspect(value, { breakLength: Infinity, depth: 3 });
}
