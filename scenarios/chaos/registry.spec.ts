import { root } from '../support/stack.js';
import { cells } from './cells/all.js';
import { pointsInSource } from './points-in-source.js';

/** `consume.before-ack@order.paid` is the point consume.before-ack, narrowed. */
const pointOf = (armed: string): string => armed.replace(/@.*$/, '');

it('has each id once', () => {
  const ids = cells.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

it('plays every crash point of the source, and none that does not exist', () => {
  const played = new Set(cells.flatMap(({ point }) => (point === undefined ? [] : [pointOf(point)])));
  expect(played).toEqual(new Set(pointsInSource(root).map(({ name }) => name)));
});

it('has a sample of the matrix that is small and wide', () => {
  const sample = cells.filter(({ quick }) => quick);
  expect(sample.length).toBeGreaterThanOrEqual(10);
  expect(sample.length).toBeLessThanOrEqual(14);
});
