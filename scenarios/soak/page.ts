import { availableParallelism, totalmem } from 'node:os';
import { checkRows, damageRows, headers, trendRows, type SoakResult } from './result.js';

/** docs/soak.md: written by the run, never by hand. */
export function page(result: SoakResult, at = new Date()): string {
  const { asked, acknowledged, requests, customers, restarts, observed, holds } = result;
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `# Soak

Written by \`npm run soak -- --minutes ${asked.minutes} --rate ${asked.rate} --seed ${asked.seed} --page\` on ${at.toISOString().slice(0, 10)}, on ${availableParallelism()} cores with ${memory} GiB.

Two instances of each service. One of each is killed and frozen every few seconds, broker and PostgreSQL are killed now and then, and
one wire after the other is cut, slowed down or made to swallow what it should carry. The other instance of each service is spared the
kills, so that its memory and handles could grow; it lives through everything else. The auditor looks all the time, and every
request of every customer is held against what became of it.

**${holds ? 'It holds' : 'It does not hold'}**: ${acknowledged} orders acknowledged in ${requests} requests, ${restarts} restarts.

${markdown(headers.checks, checkRows(result))}
${result.deadlocks.map((line) => `\n- deadlock: \`${line}\`\n`).join('')}
The auditor looked ${observed.looks} times, ${observed.notJudged} of them without a database to look at. Promises about time (O7 to O9) are made to a system
that is left alone; while things broke they were late so often: \`${JSON.stringify(observed.late)}\`.

## What was broken

${markdown(headers.damage, damageRows(result))}

A fault's longest time is until it was over: for a killed process until it answers again, on a machine that does all of this at once.

## What could have grown

Medians of the first and last third of the samples, without the first fifth of the run. The limit is the first third's median with a
tolerance (\`scenarios/soak/trend.ts\`). What the broker says about half messages is told and not judged: its count includes verdicts
that it has stored and not yet swept.

${markdown(headers.trends, trendRows(result))}

## What customers wanted

${markdown(
  ['how it went', 'customers'],
  Object.entries(customers).map(([what, count]) => [what, String(count)]),
)}
`;
}

function markdown(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) => Math.max(3, ...[header, ...rows].map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(header), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n');
}
