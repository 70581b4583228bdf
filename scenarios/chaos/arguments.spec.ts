import { UsageError } from '../support/usage-error.js';
import { parseChaosArguments } from './arguments.js';

const known = [
  { id: 'C7.K', quick: true },
  { id: 'C7.E', quick: false },
  { id: 'I1.placed.K', quick: false },
];
const parsed = (...args: readonly string[]) => parseChaosArguments(args, known, () => 7);

it('plays every cell once, with a new seed, unless told otherwise', () => {
  expect(parsed()).toEqual({
    command: 'play',
    cells: known.map(({ id }) => id),
    chosen: false,
    seeds: [7],
    lanes: 3,
    json: false,
    page: false,
    resume: false,
  });
});

it.each([
  [['--cell', 'C7.K'], ['C7.K']],
  [
    ['--cell', 'c7.*'],
    ['C7.K', 'C7.E'],
  ],
  [
    ['--cell', 'I*, C7.E'],
    ['C7.E', 'I1.placed.K'],
  ],
  [['--quick'], ['C7.K']],
])('%j chooses %j, in the order of the matrix', (args, cells) => {
  expect(parsed(...args).cells).toEqual(cells);
});

it('writes the page when it goes on with it', () => {
  expect(parsed('--resume')).toMatchObject({ resume: true, page: true });
});

it('takes the seeds that follow', () => {
  expect(parsed('--seed', '41', '--seeds', '3').seeds).toEqual([41, 42, 43]);
});

it.each([
  [['--list'], 'list'],
  [['-h'], 'help'],
] as const)('%j means %s', (args, command) => {
  expect(parsed(...args).command).toBe(command);
});

it.each([
  [['--cell', 'Z9.K'], 'There is no cell Z9.K. "npm run chaos -- --list" names them.'],
  [['--cell', ','], 'There is no cell ,.'],
  [['--lanes', '9'], '--lanes must be a whole number from 1 to 8.'],
  [['--seed', 'x'], '--seed must be a whole number'],
  [['--quick', '--cell', 'C7.K'], '--quick and --cell exclude each other.'],
  [['--loud'], "Unknown option '--loud'."],
])('%j is not understood: %s', (args, why) => {
  expect(() => parsed(...args)).toThrow(UsageError);
  expect(() => parsed(...args)).toThrow(why);
});
