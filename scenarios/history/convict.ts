import type { Operation } from './operation.js';
import { rules } from './rules/all.js';
import type { Rule, Subject } from './rules/rule.js';

/** A rule that a history breaks, and the operations that show it. */
export interface Violation {
  readonly rule: string;
  readonly sentence: string;
  /** The order id, key or payment id that it is about. */
  readonly about: string;
  readonly operations: readonly Operation[];
}

/** One conviction for each rule and subject; those of `before` stand. */
export function convict(operations: readonly Operation[], before: readonly Violation[] = []): readonly Violation[] {
  const convictions = new Map(before.map((violation) => [nameOf(violation), violation]));
  for (const subject of ['order', 'key', 'payment'] as const) {
    const judging = rules.filter((rule) => rule.subject === subject);
    for (const [about, of] of groupedBy(subject, operations)) {
      for (const violation of judging.flatMap((rule) => judged(rule, about, of))) {
        const name = nameOf(violation);
        if (!convictions.has(name)) convictions.set(name, violation);
      }
    }
  }
  return [...convictions.values()];
}

const nameOf = ({ rule, about }: Violation): string => `${rule} ${about}`;

function judged({ id, sentence, judge }: Rule, about: string, of: readonly Operation[]): readonly Violation[] {
  const operations = judge(of);
  return operations ? [{ rule: id, sentence, about, operations }] : [];
}

function groupedBy(subject: Subject, operations: readonly Operation[]): ReadonlyMap<string, readonly Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    const name = { order: operation.orderId, key: operation.key, payment: operation.paymentId }[subject];
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group) group.push(operation);
    else groups.set(name, [operation]);
  }
  return groups;
}
