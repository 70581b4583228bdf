import { faultsFound, type CellResult } from '../chaos/cell-result.js';
import type { Ablation } from './ablation.js';

/** One cell on a build with something taken out. */
export interface Play {
  readonly cell: string;
  readonly seed: number;
  readonly result: CellResult['result'];
  /** What speaks against the build, what was foretold first; empty when it is green. */
  readonly found: readonly string[];
  /** Red for the reason that was foretold. */
  readonly convicts: boolean;
  readonly tookMs: number;
}

/** What the cells say about one ablation. */
export interface Proof extends Pick<Ablation, 'name' | 'defence' | 'without' | 'alsoOff' | 'expected'> {
  readonly plays: readonly Play[];
  /** The convicting play again, with only `alsoOff` taken out: green, or it convicts somebody else. */
  readonly control?: Play;
  readonly holds: boolean;
  readonly tookMs: number;
}

export function playOf({ id: cell, seed, tookMs, ...result }: CellResult, evidence: string): Play {
  const all = result.result === 'red' ? faultsFound({ ...result, id: cell, seed, tookMs }) : [];
  const foretold = all.filter((line) => evidence !== '' && line.includes(evidence));
  const found = [...foretold, ...all.filter((line) => !foretold.includes(line))];
  return { cell, seed, result: result.result, found, convicts: foretold.length > 0, tookMs };
}

/** The play that convicts it, if one does. */
export const conviction = ({ plays }: Pick<Proof, 'plays'>): Play | undefined => plays.find(({ convicts }) => convicts);

/** As expected; for a pair, and because of this half of it. */
export function isAsExpected({ expected, plays, control }: Pick<Proof, 'expected' | 'plays' | 'control'>): boolean {
  if (expected === 'green') return plays.length > 0 && plays.every(({ result }) => result === 'green');
  return conviction({ plays }) !== undefined && control?.result !== 'red';
}
