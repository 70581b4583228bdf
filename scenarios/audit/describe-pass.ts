import type { Style } from '../report/style.js';
import type { Finding } from './invariant.js';
import type { Pass } from './watch.js';

/** A line for each look; what appeared and what is gone is told once, below it. */
export function describePass({ at, tookMs, result }: Pass, style: Style): string {
  const time = style.dim(at.slice(11, 19));
  if (!result.judged) return `${time} ${style.warn('–')} not judged: ${result.reason}`;
  const { findings, orders, holds } = result.audit;
  const over = `over ${orders} orders ${style.dim(`(${tookMs.toFixed(0)} ms)`)}`;
  const broken = findings.filter((finding) => !finding.holds);
  const counts = broken.map(({ id, violations }) => `${id} ${violations}`).join(', ');
  return [
    holds
      ? `${time} ${style.good('✔')} all ${findings.length} invariants hold ${over}`
      : `${time} ${style.bad('✘')} ${broken.length} of ${findings.length} invariants are broken ${over}: ${counts}`,
    ...result.appeared.map((finding) => `           ${style.bad('appeared')}  ${nameOf(finding)}: ${example(finding)}`),
    ...result.gone.map((finding) => `           ${style.good('gone')}      ${nameOf(finding)}`),
  ].join('\n');
}

const nameOf = ({ id, sentence }: Finding): string => `${id} ${sentence}`;
const example = ({ violations, examples }: Finding): string => `${violations}, e.g. ${JSON.stringify(examples[0])}`;

/** One object a line, for programs. */
export function passAsJson({ at, tookMs, result }: Pass): string {
  if (!result.judged) return JSON.stringify({ at, ...result });
  const { audit, appeared, gone } = result;
  const broken = audit.findings.filter(({ holds }) => !holds);
  return JSON.stringify({
    at,
    judged: true,
    holds: audit.holds,
    orders: audit.orders,
    violations: Object.fromEntries(broken.map(({ id, violations }) => [id, violations])),
    appeared,
    gone: gone.map(({ id, sentence }) => ({ id, sentence })),
    tookMs: Math.round(tookMs),
  });
}
