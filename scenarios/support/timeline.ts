import type { Actor, Entry } from './journal.js';
import type { LogLine } from './log-file.js';

export interface TimelineLine {
  /** Milliseconds since the scenario began. */
  readonly atMs: number;
  readonly who: Actor;
  readonly what: string;
  readonly detail: string;
  readonly tookMs?: number;
  readonly tone?: Entry['tone'];
}

export interface TimelineSource {
  /** Order ids, idempotency keys and transaction ids to follow. */
  readonly about: readonly string[];
  readonly since: number;
  readonly entries: readonly Entry[];
  readonly logs: Readonly<Record<'order' | 'inventory', readonly LogLine[]>>;
}

/**
 * One story out of what the clients did and what both services logged about the same orders, by time.
 * A log line belongs to an order by its `key`; one without a key (a verdict is about a transaction, an acknowledgement about an
 * event) by a transaction or event id that a line with the key has mentioned. Lines with another order's key are left out even
 * then: orders that were committed together share the transaction.
 */
export function drawTimeline({ about, since, entries, logs }: TimelineSource): readonly TimelineLine[] {
  const followed = new Set(about);
  const told = entries
    .filter((entry) => entry.about.length === 0 || entry.about.some((id) => followed.has(id)))
    .map(({ about: _about, detail = '', ...entry }) => ({ ...entry, detail }));
  const recent = (['order', 'inventory'] as const).flatMap((who) =>
    logs[who].filter(({ at }) => at >= since).map((line) => ({ who, line })),
  );
  const linked = new Set([
    ...about,
    ...recent.filter(({ line }) => isKeyed(line, followed)).flatMap(({ line }) => idsOf(line)),
  ]);
  const logged = recent
    .filter(({ line }) => isKeyed(line, followed) || (!hasKey(line) && idsOf(line).some((id) => linked.has(id))))
    .map(({ who, line }) => ({
      at: line.at,
      who,
      what: line.phrase,
      detail: describe(line.facts),
      tone: line.level >= 40 ? ('fault' as const) : undefined,
    }));
  return [...told, ...logged]
    .sort((a, b) => a.at - b.at)
    .map(({ at, ...line }) => ({ atMs: Math.max(0, Math.round(at - since)), ...line }));
}

const keysOf = ({ facts }: LogLine): readonly unknown[] => [facts['key'], facts['keys'], facts['orderId']].flat();
const hasKey = (line: LogLine): boolean => keysOf(line).some((key) => key !== undefined);
/** By its key, or because its transaction is followed by name. */
const isKeyed = (line: LogLine, followed: ReadonlySet<string>): boolean =>
  [...keysOf(line), ...idsOf(line)].some((id) => typeof id === 'string' && followed.has(id));
const idsOf = ({ facts }: LogLine): readonly string[] =>
  [facts['transactionId'], facts['eventId'], facts['eventIds']].flat().filter((id) => typeof id === 'string');

/** What a reader wants to know of a step, in a fixed order; ids are for the log itself. */
function describe(facts: LogLine['facts']): string {
  const { type, verdict, detail, attempt, reason, err, retired } = facts;
  const parts = [type, verdict, detail].filter((part) => typeof part === 'string');
  if (retired !== undefined) parts.push('end to end');
  if (typeof attempt === 'number' && attempt > 1) parts.push(`attempt ${attempt}`);
  if (typeof reason === 'string') parts.push(firstSentence(reason));
  if (typeof err === 'object' && err !== null && 'message' in err) parts.push(firstSentence(String(err.message)));
  return parts.join(' · ');
}

/** What is wrong; what to do about it is in the log. */
const firstSentence = (text: string): string => text.split(/[.:] /)[0]?.slice(0, 100) ?? '';
