import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A line of the services or their libraries where a test may stop the process. */
export interface PointInSource {
  /** `<step>.<before|after>-<what>`. */
  readonly name: string;
  /** From the root of the project. */
  readonly file: string;
  readonly line: number;
}

/** Both of `await reached?.('name'` and `await reached('name'`; one that names no literal is an error, for nobody could find it. */
const CALL = /\breached(?:\?\.)?\(\s*(?:'([^']*)')?/g;
const SOURCES = ['apps/order/src', 'apps/inventory/src', 'libs/mq/src', 'libs/service/src'];
const NO_SOURCE = /[.-]spec\.ts$|\.(?:testing|fixture)\.ts$/;

/**
 * Every crash point there is, read from the source: a list kept by hand would be right on the day it was written.
 * @throws when a point is not named by a literal.
 */
export function pointsInSource(root: string): readonly PointInSource[] {
  return SOURCES.flatMap((folder) => filesUnder(join(root, folder)))
    .filter((file) => file.endsWith('.ts') && !NO_SOURCE.test(file))
    .flatMap((file) => pointsIn(readFileSync(file, 'utf8'), relative(root, file)));
}

export function pointsIn(text: string, file: string): readonly PointInSource[] {
  return [...text.matchAll(CALL)].map(({ 1: name, index }) => {
    const line = text.slice(0, index).split('\n').length;
    if (name === undefined) throw new Error(`${file}:${line} reaches a point without a name. Write it as a literal.`);
    return { name, file, line };
  });
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => join(folder, name));
}
