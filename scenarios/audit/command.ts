import { parseArgs } from 'node:util';
import { styleFor } from '../report/style.js';
import { table } from '../report/table.js';
import { asUsageError, UsageError } from '../support/usage-error.js';
import { audit, type Audit } from './audit.js';
import { untilQuiet } from './quiet.js';

const usage = `npm run audit -- [options]

  --settled  wait until nothing is under way, then apply the strict rules
  --json     the findings as JSON on stdout
  --help     this text

Looks at ORDER_DATABASE_URL and INVENTORY_DATABASE_URL; default: the local stack on its documented port. Changes nothing.
Exit code: 0 every invariant holds, 1 one does not, 2 the command line was not understood.`;

const local = (name: string): string => `postgres://halfway_owner@127.0.0.1:15432/halfway_${name}`;

/** The auditor on its own, for a system that runs. @returns the exit code */
export async function auditCommand(args: readonly string[], environment = process.env): Promise<number> {
  try {
    const { settled, json, help } = parse(args);
    if (help) {
      process.stdout.write(`${usage}\n`);
      return 0;
    }
    const databases = {
      orderDatabaseUrl: environment['ORDER_DATABASE_URL'] || local('order'),
      inventoryDatabaseUrl: environment['INVENTORY_DATABASE_URL'] || local('inventory'),
    };
    if (settled) await untilQuiet(databases);
    const report = await audit({ ...databases, settled });
    process.stdout.write(`${json ? JSON.stringify(report, null, 2) : describe(report)}\n`);
    return report.holds ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function describe({ findings, orders, holds }: Audit): string {
  const style = styleFor(process.stdout);
  const rows = findings.map(({ id, sentence, holds: held, violations, examples }) => [
    held ? style.good('✔') : style.bad('✘'),
    id,
    sentence,
    held ? '' : `${violations}, e.g. ${JSON.stringify(examples[0])}`,
  ]);
  const verdict = holds ? style.good('All invariants hold') : style.bad('Not all invariants hold');
  return `${table(['', 'id', 'invariant', 'violations'], rows)}\n\n${verdict} over ${orders} orders.`;
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const options = { settled: flag, json: flag, help: { ...flag, short: 'h' } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw asUsageError(error, usage);
  }
}
