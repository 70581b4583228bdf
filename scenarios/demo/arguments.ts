import { parseArgs } from 'node:util';
import { flowsOption } from '../support/flow-option.js';
import type { Flow } from '../support/flow.js';
import { asUsageError, UsageError } from '../support/usage-error.js';

export interface DemoArguments {
  readonly command: 'play' | 'list' | 'help' | 'stop';
  /** In the order given; all when none is given. */
  readonly names: readonly string[];
  /** Each scenario plays in each of these. */
  readonly flows: readonly Flow[];
  readonly keep: boolean;
  readonly json: boolean;
}

export const usage = `npm run demo -- [NAME …] [options]

  NAME         play these scenarios only
  --flow FLOW  how orders are placed: reserve-on-commit (default), return-on-failure, or both, one after the other
  --list       name them
  --keep       leave everything up afterwards and print the URLs
  --stop       stop what --keep has left up
  --json       verdicts as JSON on stdout, everything else on stderr ("npm run -s" keeps npm's own lines away)
  --help       this text

Takes RocketMQ and PostgreSQL of yours when ROCKETMQ_ENDPOINT, ORDER_DATABASE_URL and INVENTORY_DATABASE_URL name them.
Exit code: 0 all scenarios hold, 1 something does not, 2 the command line was not understood.`;

/** @throws UsageError */
export function parseDemoArguments(args: readonly string[], known: readonly string[]): DemoArguments {
  const { values, positionals } = parse(args);
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length) {
    throw new UsageError(`There is no scenario ${unknown.join(', ')}. These exist: ${known.join(', ')}.`);
  }
  const command = values.help ? 'help' : values.list ? 'list' : values.stop ? 'stop' : 'play';
  const { flow, keep, json } = values;
  return { command, names: positionals.length ? positionals : known, flows: flowsOption(flow, usage), keep, json };
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { ...flag, short: 'h' },
        flow: { type: 'string' },
        list: flag,
        keep: flag,
        stop: flag,
        json: flag,
      },
    });
  } catch (error) {
    throw asUsageError(error, usage);
  }
}
