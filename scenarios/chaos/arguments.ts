import { parseArgs } from 'node:util';
import { asUsageError, UsageError } from '../support/usage-error.js';
import { wholeNumber } from '../support/whole-number.js';

export interface ChaosArguments {
  readonly command: 'play' | 'list' | 'help';
  /** Ids, in the matrix' order. */
  readonly cells: readonly string[];
  /** Chosen with --cell. */
  readonly chosen: boolean;
  readonly seeds: readonly number[];
  readonly lanes: number;
  readonly json: boolean;
  readonly page: boolean;
  /** Only what the page does not show as green. */
  readonly resume: boolean;
}

export const usage = `npm run chaos -- [options]

  --cell ID,…   these cells only; * stands for anything: C7.K, "I3.*", "C*"
  --quick       a sample of the matrix
  --seed N      decides loads, victims, hits and pauses; default: a new one, printed
  --seeds N     the whole choice so many times, with the seeds that follow from --seed
  --lanes N     systems side by side, 1 to 8 (default 3)
  --page        write docs/crash-matrix.md and docs/crash-matrix.json
  --resume      as --page, and play only what docs/crash-matrix.json has not got, or red
  --ablations   take one defence out at a time, and see that the cells notice; more: --ablations --help
  --list        name the cells
  --json        the results as JSON on stdout, everything else on stderr
  --help        this text

Exit code: 0 all cells are green, 1 one is red, 2 the command line was not understood.`;

export interface KnownCell {
  readonly id: string;
  readonly quick: boolean;
}

const most = { seed: 2 ** 31 - 1, seeds: 100, lanes: 8 } as const;

/** @throws UsageError */
export function parseChaosArguments(
  args: readonly string[],
  known: readonly KnownCell[],
  newSeed: () => number,
): ChaosArguments {
  const values = parse(args);
  const number = (name: keyof typeof most, fallback: number): number =>
    wholeNumber({ name, text: values[name], fallback, atMost: most[name], usage });
  if (values.quick && values.cell !== undefined) {
    throw new UsageError(`--quick and --cell exclude each other.\n\n${usage}`);
  }
  const first = number('seed', newSeed());
  const sample = values.quick ? known.filter(({ quick }) => quick) : known;
  return {
    command: values.help ? 'help' : values.list ? 'list' : 'play',
    cells: values.cell === undefined ? sample.map(({ id }) => id) : choose(values.cell, known),
    chosen: values.cell !== undefined,
    seeds: Array.from({ length: number('seeds', 1) }, (_, index) => first + index),
    lanes: number('lanes', 3),
    json: values.json,
    page: values.page || values.resume,
    resume: values.resume,
  };
}

function choose(text: string, known: readonly KnownCell[]): readonly string[] {
  const patterns = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const matching = (pattern: string): readonly string[] => {
    const expression = new RegExp(
      `^${pattern.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*')}$`,
      'i',
    );
    return known.filter(({ id }) => expression.test(id)).map(({ id }) => id);
  };
  const strange = patterns.filter((pattern) => matching(pattern).length === 0);
  if (strange.length || patterns.length === 0) {
    throw new UsageError(`There is no cell ${strange.join(', ') || text}. "npm run chaos -- --list" names them.`);
  }
  const chosen = new Set(patterns.flatMap(matching));
  return known.map(({ id }) => id).filter((id) => chosen.has(id));
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  try {
    const options = {
      cell: text,
      seed: text,
      seeds: text,
      lanes: text,
      quick: flag,
      page: flag,
      resume: flag,
      list: flag,
      json: flag,
      help: { ...flag, short: 'h' },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw asUsageError(error, usage);
  }
}
