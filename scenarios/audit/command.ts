import { styleFor } from '../report/style.js';
import { table } from '../report/table.js';
import { UsageError } from '../support/usage-error.js';
import { parseAuditArguments, usage } from './arguments.js';
import { audit, type Audit } from './audit.js';
import { databasesFrom, type AuditedDatabases } from './databases.js';
import { describePass, passAsJson } from './describe-pass.js';
import { untilQuiet } from './quiet.js';
import { watchAudit } from './watch.js';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** The auditor on its own, for a system that runs. @returns the exit code */
export async function auditCommand(args: readonly string[], environment = process.env): Promise<number> {
  try {
    const { settled, json, help, everyMs } = parseAuditArguments(args);
    if (help) {
      print(usage);
      return 0;
    }
    const databases = databasesFrom(environment);
    if (everyMs !== undefined) return await watch(databases, everyMs, json);
    if (settled) await untilQuiet(databases);
    const report = await audit({ ...databases, settled });
    print(json ? JSON.stringify(report, null, 2) : describe(report));
    return report.holds ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

async function watch(databases: AuditedDatabases, everyMs: number, json: boolean): Promise<number> {
  const style = styleFor(process.stdout);
  const stop = new AbortController();
  const end = (): void => stop.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, end);
  let judged = 0;
  let broken = 0;
  for await (const pass of watchAudit({ ...databases, everyMs, signal: stop.signal })) {
    print(json ? passAsJson(pass) : describePass(pass, style));
    if (pass.result.judged) judged += 1;
    if (pass.result.judged && !pass.result.audit.holds) broken += 1;
  }
  for (const signal of signals) process.off(signal, end);
  if (!json) print(`\n${judged} looks judged, ${broken} of them found a violation.`);
  return judged > 0 && broken === 0 ? 0 : 1;
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
