import { cells } from './cells/all.js';
import { faultsFound, type CellResult } from './cell-result.js';
import { Lanes } from './lanes.js';

const seed = Number(process.env['SEED'] ?? 1 + (Date.now() % 1_000_000));
const sample = cells.filter(({ quick }) => quick);
const results = new Map<string, CellResult>();
const told: string[] = [];

/** Stacks of their own, side by side: most of a cell is waiting. */
const lanes = new Lanes({
  lanes: 3,
  seed,
  log: (line) => told.push(line),
  onResult: (result) => results.set(result.id, result),
  isOver: () => false,
});

beforeAll(() => lanes.play(sample), 300_000);
afterAll(() => lanes.stop(), 60_000);

it.each(sample.map(({ id, title, expected }) => ({ id, title, expected })))('$id: $title: $expected', ({ id }) => {
  const result = results.get(id);
  if (result?.result === 'green') return;
  const faults = result ? faultsFound(result) : ['It was not played.', ...told.slice(-20)];
  throw new Error([...faults, `again: npm run chaos -- --cell ${id} --seed ${seed}`].join('\n'));
});
