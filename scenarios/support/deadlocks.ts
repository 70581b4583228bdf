/** `stack/postgres/postgresql.conf` sets the prefix; the time is UTC. */
const entry = /^(\S+ \S+) UTC \[\d+\] (?:\S+ )?([A-Z]+): {2}(.*)$/;
/** What belongs to the error before it. */
const details = new Set(['DETAIL', 'HINT', 'CONTEXT', 'QUERY', 'STATEMENT']);

/**
 * What PostgreSQL's log tells of each deadlock since then: who waited for whom, on which row, and both statements. Not
 * `pg_stat_database`: it counts without saying which, and forgets when PostgreSQL crashes.
 */
export function deadlocksIn(log: string, since: number): readonly string[] {
  const found: string[][] = [];
  let current: string[] | undefined;
  for (const line of log.split('\n')) {
    const [, at = '', severity = '', text = ''] = entry.exec(line) ?? [];
    if (severity === '')
      current?.push(line.trim()); // a further line of the entry before it
    else if (severity === 'ERROR' && text === 'deadlock detected' && Date.parse(`${at}Z`) >= since) {
      found.push((current = [at]));
    } else if (details.has(severity)) current?.push(text.trim());
    else current = undefined;
  }
  return found.map((lines) => lines.filter((line) => line !== '' && line !== hint).join(' · '));
}

const hint = 'See server log for query details.';
