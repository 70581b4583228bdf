import { parseArgs } from 'node:util';
import { asUsageError, UsageError } from '../support/usage-error.js';
import { wholeNumber } from '../support/whole-number.js';

export interface AblationArguments {
  readonly help: boolean;
  /** In the order of the table. */
  readonly names: readonly string[];
  readonly firstSeed: number;
  readonly lanes: number;
  readonly json: boolean;
  readonly page: boolean;
}

/** A part of what `npm run chaos -- --help` says. */
export const usage = `npm run chaos -- --ablations [options]

  --ablation NAME,…  these only
  --seed N           the first of three seeds (default 1)
  --lanes N          systems side by side, 1 to 8 (default 2)
  --page             write docs/ablations.md and docs/ablations.json
  --json             the proofs as JSON on stdout, everything else on stderr
  --help             this text

Exit code: 0 each missing defence was noticed, and only those; 1 not so; 2 the command line was not understood.`;

/** Whether the command line is about ablations. */
export const isAboutAblations = (args: readonly string[]): boolean =>
  args.some((arg) => /^--ablations?(?:=|$)/.test(arg));

const most = { seed: 2 ** 31 - 3, lanes: 8 } as const;

/** @throws UsageError */
export function parseAblationArguments(args: readonly string[], known: readonly string[]): AblationArguments {
  const values = parse(args);
  const number = (name: keyof typeof most, fallback: number): number =>
    wholeNumber({ name, text: values[name], fallback, atMost: most[name], usage });
  const chosen = values.ablation?.split(',').map((name) => name.trim());
  const strange = chosen?.filter((name) => !known.includes(name)) ?? [];
  if (strange.length > 0) {
    throw new UsageError(`There is no ablation ${strange.join(', ')}. These exist: ${known.join(', ')}.`);
  }
  return {
    names: known.filter((name) => chosen?.includes(name) ?? true),
    firstSeed: number('seed', 1),
    lanes: number('lanes', 2),
    help: values.help,
    json: values.json,
    page: values.page,
  };
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  try {
    const options = {
      ablations: flag,
      ablation: text,
      seed: text,
      lanes: text,
      json: flag,
      page: flag,
      help: flag,
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw asUsageError(error, usage);
  }
}
