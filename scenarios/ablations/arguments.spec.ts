import { UsageError } from '../support/usage-error.js';
import { isAboutAblations, parseAblationArguments } from './arguments.js';

const known = ['tombstone', 'sweeper'];

describe('the command line of ablations', () => {
  it('takes all of them, two at a time, from seed 1', () => {
    expect(parseAblationArguments(['--ablations'], known)).toEqual({
      help: false,
      names: known,
      firstSeed: 1,
      lanes: 2,
      json: false,
      page: false,
    });
  });

  it('takes those that are named, in the order of the table', () => {
    expect(parseAblationArguments(['--ablation', 'sweeper, tombstone'], known).names).toEqual(known);
    expect(parseAblationArguments(['--ablation=sweeper'], known).names).toEqual(['sweeper']);
  });

  it.each([[['--ablation', 'nonsense']], [['--ablations', '--seed', '0']], [['--ablations', '--cell', 'C7.K']]])(
    'refuses %j',
    (args) => {
      expect(() => parseAblationArguments(args, known)).toThrow(UsageError);
    },
  );

  it.each([
    [['--ablations'], true],
    [['--ablation=tombstone', '--page'], true],
    [['--cell', 'C7.K'], false],
  ])('%j is about ablations: %s', (args, about) => {
    expect(isAboutAblations(args)).toBe(about);
  });
});
