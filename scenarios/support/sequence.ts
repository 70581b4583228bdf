import type { LogLine } from './log-file.js';

/** The types of each order's events in the order in which a service first handled them; repetitions are left out. */
export function firstHandled(log: readonly LogLine[], ids: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const sequences = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { phrase, facts } of log) {
    const { key, type } = facts;
    if (phrase !== 'event handled' || typeof key !== 'string' || typeof type !== 'string') continue;
    const sequence = sequences.get(key);
    if (sequence && !sequence.includes(type)) sequence.push(type);
  }
  return sequences;
}
