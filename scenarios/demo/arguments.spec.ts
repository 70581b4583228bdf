import { UsageError } from '../support/usage-error.js';
import { parseDemoArguments } from './arguments.js';

const known = ['happy-path', 'last-item'];

it('plays everything unless names are given', () => {
  expect(parseDemoArguments([], known)).toEqual({ command: 'play', names: known, keep: false, json: false });
  expect(parseDemoArguments(['last-item', '--keep', '--json'], known)).toMatchObject({
    names: ['last-item'],
    keep: true,
    json: true,
  });
});

it.each([
  [['--list'], 'list'],
  [['--stop'], 'stop'],
  [['-h'], 'help'],
] as const)('%j means %s', (args, command) => {
  expect(parseDemoArguments(args, known).command).toBe(command);
});

it('names what exists when a name is unknown, and what is possible when an option is', () => {
  expect(() => parseDemoArguments(['hapy-path'], known)).toThrow(
    new UsageError('There is no scenario hapy-path. These exist: happy-path, last-item.'),
  );
  expect(() => parseDemoArguments(['--loud'], known)).toThrow(/Unknown option '--loud'\.\n\nnpm run demo/);
});
