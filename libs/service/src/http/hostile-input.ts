import { type Flaw, InvalidRequestError } from '../problems/problem.js';

/** Our deepest request has 3 levels. */
const MAX_DEPTH = 8;
/** What every object inherits is found in each table that is an object: class-validator takes `toString` for a known field. */
const isPoison = (key: string): boolean => key === 'prototype' || key in Object.prototype;

/**
 * Refuses what no request of ours contains and what libraries behind us stumble over: deep nesting, keys that reach a
 * prototype or are inherited from one, NUL characters (PostgreSQL's text cannot hold them), arrays in arrays (`@ValidateNested` takes `[[]]` for a
 * list of valid items). Before validation, so it holds for every route.
 * @throws InvalidRequestError naming the first place.
 */
export function refuseHostile(value: unknown): void {
  const flaw = firstFlaw(value, '', 0);
  if (flaw) throw new InvalidRequestError([flaw]);
}

function firstFlaw(value: unknown, pointer: string, depth: number): Flaw | undefined {
  if (typeof value === 'string') {
    return value.includes('\0') ? { pointer, detail: 'must not contain a NUL character' } : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth >= MAX_DEPTH) return { pointer, detail: `must not be nested deeper than ${MAX_DEPTH} levels` };
  if (Array.isArray(value)) {
    const place = value.findIndex((inner) => Array.isArray(inner));
    if (place >= 0) return { pointer: `${pointer}/${place}`, detail: 'must not be an array inside an array' };
  }
  for (const [key, inner] of Object.entries(value)) {
    if (isPoison(key)) return { pointer, detail: `must not have a member called "${key}"` };
    if (key.includes('\0')) return { pointer, detail: 'must not contain a NUL character' };
    const flaw = firstFlaw(inner, `${pointer}/${key.slice(0, 100)}`, depth + 1);
    if (flaw) return flaw;
  }
  return undefined;
}
