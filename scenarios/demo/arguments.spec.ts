import { UsageError } from '../support/usage-error.js';
import { parseDemoArguments } from './arguments.js';

const known = ['happy-path', 'last-item'];

it('plays everything unless names are given', () => {
  expect(parseDemoArguments([], known)).toEqual({
    command: 'play',
    names: known,
    flows: ['reserve-on-commit'],
    keep: false,
    json: false,
  });
  expect(parseDemoArguments(['last-item', '--keep', '--json'], known)).toMatchObject({
    names: ['last-item'],
    keep: true,
    json: true,
  });
});

it('plays in the flow that is asked for, or in both, one after the other', () => {
  const flows = (flow: string) => parseDemoArguments(['--flow', flow], known).flows;
  expect(flows('return-on-failure')).toEqual(['return-on-failure']);
  expect(flows('both')).toEqual(['reserve-on-commit', 'return-on-failure']);
  expect(() => flows('backwards')).toThrow(
    /^--flow is one of reserve-on-commit, return-on-failure, both, not "backwards"/,
  );
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
