import type { LogLine } from '../support/log-file.js';
import { withDatabases, type AuditedDatabases } from './databases.js';
import { finding, type Finding } from './invariant.js';

/** What the broker was told about a transaction. */
export interface Told {
  readonly transactionId: string;
  readonly verdict: 'commit' | 'rollback';
  /** A check-back says rollback of a committed transaction too, when nothing of it is left to deliver. */
  readonly decision: 'COMMITTED' | 'ABORTED' | undefined;
}

const sentence = 'the broker was told to commit only what is committed, and to roll back nothing that is';

/**
 * What the order service's log says it has told the broker. A verdict that was lost counts as well: it was meant, and whether
 * it arrived is luck.
 */
export function toldByLog(lines: readonly LogLine[]): readonly Told[] {
  return lines.flatMap(({ phrase, facts: { transactionId, verdict, decision } }) => {
    if (!/^(?:verdict (?:sent|lost)|check-back answered)/.test(phrase) || typeof transactionId !== 'string') return [];
    if (verdict !== 'commit' && verdict !== 'rollback') return [];
    return [
      { transactionId, verdict, decision: decision === 'COMMITTED' || decision === 'ABORTED' ? decision : undefined },
    ];
  });
}

/** X5. The broker believes the last word it hears, and no later one mends a wrong one. */
export function wrongVerdicts(told: readonly Told[], committed: ReadonlySet<string>): readonly object[] {
  return told
    .map((each) => ({ ...each, log: committed.has(each.transactionId) ? 'COMMITTED' : 'not committed' }))
    .filter(({ verdict, decision, log }) =>
      log === 'COMMITTED' ? verdict === 'rollback' && decision !== 'COMMITTED' : verdict === 'commit',
    );
}

/** Of a system that is at rest: what is still in doubt may yet commit. */
export function auditVerdicts(databases: AuditedDatabases, log: readonly LogLine[]): Promise<Finding> {
  return withDatabases(databases, async (read) => {
    const rows = await read.order<{ id: string }>(
      `select distinct transaction_id as id from mq.transaction_log where decision = 'COMMITTED'`,
    );
    return finding({ id: 'X5', sentence }, wrongVerdicts(toldByLog(log), new Set(rows.map(({ id }) => id))));
  });
}
