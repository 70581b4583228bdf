import { readAcross, type AuditedDatabases, type ReadBoth, type ReadOptions, withDatabases } from './databases.js';
import { finding, type Finding, type Invariant } from './invariant.js';
import { inventoryInvariants } from './inventory-invariants.js';
import { brokenPromises, disagreements, strangers, unequalSales, type Placement } from './judge.js';
import { orderInvariants } from './order-invariants.js';

export interface AuditOptions extends AuditedDatabases, ReadOptions {
  /** What clients were told. */
  readonly history?: readonly Placement[];
  /** Everything is acknowledged (`untilQuiet`): the strict rules. Else only what must hold at any moment. */
  readonly settled: boolean;
}

export interface Audit {
  readonly holds: boolean;
  readonly findings: readonly Finding[];
  readonly orders: number;
}

/** Each is true of one database at any moment. */
export const invariants: readonly Invariant[] = [...inventoryInvariants, ...orderInvariants];

/** Across both; judged in code, as no query can see two databases. */
export const across = {
  X1: { id: 'X1', sentence: 'order and reservation are in states that belong together' },
  X2: {
    id: 'X2',
    sentence: 'every reservation belongs to an order with the same lines, or to an attempt and holds nothing',
  },
  X3: { id: 'X3', sentence: 'sold pieces = lines of paid orders' },
  X4: { id: 'X4', sentence: 'every order a client was told of exists, under its key' },
} as const;

/**
 * The independent judge: own connections, own SQL, nothing imported from the services, so that an error in them can't hide
 * in here. Changes nothing.
 */
export function audit({ history = [], settled, answerWithinMs, ...databases }: AuditOptions): Promise<Audit> {
  const judge = async (read: ReadBoth): Promise<Audit> => {
    const findings: Finding[] = [];
    for (const invariant of invariants) {
      findings.push(finding(invariant, await read[invariant.database](invariant.sql)));
    }
    const { collected, sold, orderOfKey } = await readAcross(read, history);
    findings.push(finding(across.X1, disagreements(collected, settled)));
    findings.push(finding(across.X2, strangers(collected, settled)));
    if (settled) findings.push(finding(across.X3, unequalSales(collected.after, sold)));
    findings.push(finding(across.X4, brokenPromises(history, collected.after, orderOfKey)));
    return { holds: findings.every(({ holds }) => holds), findings, orders: collected.after.length };
  };
  return withDatabases(databases, judge, { answerWithinMs });
}
