import { setDefaultResultOrder } from 'node:dns';
import { Interruption } from '../../scenarios/support/interruption.js';
import { examples, extras } from './all.js';
import { borrowStack } from './borrow-stack.js';
import type { Example } from './example.js';
import { placeOf } from './place.js';
import { perform } from './stage.js';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const log = (line: string): void => void process.stderr.write(`${line}\n`);

const usage = `npm run example                 lists the examples
npm run example -- NAME ...     runs some of them, or "all" of the teaching text

An example uses the RocketMQ of ROCKETMQ_ENDPOINT, else that of "npm run stack -- up" when it is running, else it starts one and
stops it in the end.
`;

/** @returns the exit code */
export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    print(usage);
    return 0;
  }
  if (args.length === 0) {
    for (const { name, title } of [...examples, ...extras]) print(`${name.padEnd(20)}${title}`);
    return 0;
  }
  const unknown = args.filter((arg) => arg !== 'all' && ![...examples, ...extras].some(({ name }) => name === arg));
  if (unknown.length > 0) {
    log(`No example is called ${unknown.join(', ')}.\n\n${usage}`);
    return 2;
  }
  return runAll(args.includes('all') ? examples : [...examples, ...extras].filter(({ name }) => args.includes(name)));
}

async function runAll(chosen: readonly Example[]): Promise<number> {
  setDefaultResultOrder('ipv4first');
  const interruption = new Interruption(log);
  const stack = await borrowStack(log);
  interruption.stopsBy(stack.giveBack);
  try {
    const place = await placeOf(stack.folder);
    let different = 0;
    for (const example of chosen) {
      print(`\n▸ ${example.name}: ${example.title}\n`);
      const { differences, warnings, skipped } = await perform(example, {
        endpoint: stack.endpoint,
        ...(place ? { place } : {}),
        print,
      });
      if (skipped !== undefined) print(`\nskipped: ${skipped}`);
      else print(differences.length === 0 ? '\nas expected' : `\nnot as expected:\n${bullets(differences)}`);
      if (differences.length > 0 && warnings.length > 0)
        print(`what the library warned of meanwhile:\n${bullets(warnings)}`);
      if (differences.length > 0) different++;
    }
    return different === 0 ? 0 : 1;
  } finally {
    if (!interruption.signalled) await stack.giveBack();
    interruption.dismiss();
  }
}

const bullets = (lines: readonly string[]): string => lines.map((line) => `  - ${line}`).join('\n');
