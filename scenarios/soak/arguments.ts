import { parseArgs } from 'node:util';
import { asUsageError } from '../support/usage-error.js';
import { wholeNumber } from '../support/whole-number.js';

export const usage = `npm run soak -- [options]

  --minutes N   how long customers come and things break (default 30)
  --rate N      new orders per second (default 20)
  --seed N      replays what is broken when, and what customers want (default: a new one, printed)
  --page        writes docs/soak.md too
  --json        the result as JSON on stdout
  --help        this text

A throw-away system with two instances of each service. One of each is killed and frozen every few seconds, broker and
PostgreSQL now and then, every wire is cut and slowed down; the other instance of each is spared, so that its memory can grow.
Exit code: 0 nothing acknowledged is lost and what must be flat is flat, 1 not, 2 the command line was not understood.`;

export interface SoakArguments {
  readonly minutes: number;
  readonly rate: number;
  readonly seed: number;
  readonly page: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** @throws UsageError */
export function parseSoakArguments(args: readonly string[], newSeed = () => Date.now() % 1_000_000): SoakArguments {
  const { minutes, rate, seed, ...flags } = parse(args);
  return {
    ...flags,
    minutes: wholeNumber({ name: 'minutes', text: minutes, fallback: 30, atMost: 24 * 60, usage }),
    rate: wholeNumber({ name: 'rate', text: rate, fallback: 20, atMost: 500, usage }),
    seed: wholeNumber({ name: 'seed', text: seed, fallback: newSeed(), atLeast: 0, atMost: 2 ** 31, usage }),
  };
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { minutes: text, rate: text, seed: text, page: flag, json: flag, help: { ...flag, short: 'h' } },
    }).values;
  } catch (error) {
    throw asUsageError(error, usage);
  }
}
