import { readFileSync, readdirSync } from 'node:fs';
import type { ProcessFigures } from './result.js';

/** What a process, or PostgreSQL with its backends, has used so far. */
export interface Usage {
  readonly pid: number;
  readonly cpuMicros: number;
  /** Memory that is really there; shared pages count once where the kernel can tell. */
  readonly memoryBytes: number;
}

/** Ticks per second of /proc/PID/stat: a constant of Linux' user interface, whatever the kernel's own rate. */
const ticksPerSecond = 100;

/** Only Linux tells without tools; elsewhere there are no figures instead of wrong ones. */
export function usageOf(pid: number): Usage | undefined {
  const stat = statOf(pid);
  if (!stat) return undefined;
  const children = childrenOf(pid).flatMap((child) => usageOf(child) ?? []);
  return {
    pid,
    // With what ended children have used: PostgreSQL's backends come and go.
    cpuMicros:
      ((stat.own + stat.endedChildren) / ticksPerSecond) * 1e6 + sum(children.map(({ cpuMicros }) => cpuMicros)),
    memoryBytes: memoryOf(pid) + sum(children.map(({ memoryBytes }) => memoryBytes)),
  };
}

const names: Readonly<Record<string, string>> = {
  order: 'order (Node)',
  inventory: 'inventory (Node)',
  postgres: 'PostgreSQL',
  broker: 'RocketMQ broker and proxy',
  namesrv: 'RocketMQ name server',
};

/** By role, for the processes that are ours. */
export function usages(pids: Readonly<Record<string, number>>): ReadonlyMap<string, Usage> {
  const found = Object.entries(pids).flatMap(([role, pid]) => {
    const usage = role in names ? usageOf(pid) : undefined;
    return usage ? [[role, usage] as const] : [];
  });
  return new Map(found);
}

/** What the orders between two looks have cost; a process that was started again in between tells only since then. */
export function figures(
  before: ReadonlyMap<string, Usage>,
  after: ReadonlyMap<string, Usage>,
  orders: number,
): readonly ProcessFigures[] {
  return [...after].map(([role, usage]) => {
    const earlier = before.get(role);
    const usedBefore = earlier?.pid === usage.pid ? earlier.cpuMicros : 0;
    return {
      name: names[role] ?? role,
      memoryMiB: usage.memoryBytes / 1024 ** 2,
      cpuMicrosPerOrder: (usage.cpuMicros - usedBefore) / Math.max(1, orders),
    };
  });
}

/** The name in parentheses may contain anything, so fields count from behind it. */
function statOf(
  pid: number,
): { readonly parent: number; readonly own: number; readonly endedChildren: number } | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const field = (index: number): number => fields[index] ?? 0;
  return { parent: field(1), own: field(11) + field(12), endedChildren: field(13) + field(14) };
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => statOf(candidate)?.parent === pid);
}

function memoryOf(pid: number): number {
  const proportional = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return Number(proportional ?? resident ?? 0) * 1024;
}

/** A process may be gone, or not ours to look into. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
