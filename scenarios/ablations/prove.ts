import type { Cell } from '../chaos/cell.js';
import type { CellResult } from '../chaos/cell-result.js';
import type { Edit } from '../edited-build/edit.js';
import type { Ablation } from './ablation.js';
import { editsBehind, editsOf } from './all.js';
import { conviction, isAsExpected, playOf, type Play, type Proof } from './proof.js';

/** Plays one cell on a fresh system whose services come from `edits`. */
export type PlayAblated = (name: string, edits: readonly Edit[], cell: Cell, seed: number) => Promise<CellResult>;

export interface ProveOptions {
  readonly cells: readonly Cell[];
  readonly seeds: readonly number[];
  readonly play: PlayAblated;
  readonly isOver: () => boolean;
}

/**
 * Plays the cells that should convict an ablation, seed by seed, until one does. What is expected to stay green plays them all.
 * A pair is convicted as a pair, so the convicting play is repeated with only the other half taken out.
 */
export async function prove(ablation: Ablation, { cells, seeds, play, isOver }: ProveOptions): Promise<Proof> {
  const startedAt = performance.now();
  const { name, defence, without, alsoOff, expected, shownBy, evidence } = ablation;
  const plays: Play[] = [];
  for (const seed of expected === 'red' ? seeds : seeds.slice(0, 1)) {
    for (const id of shownBy) {
      if (isOver() || conviction({ plays })) continue;
      plays.push(playOf(await play(name, editsOf(ablation), cellNamed(id, cells), seed), evidence));
    }
  }
  const convicted = conviction({ plays });
  const control =
    convicted && alsoOff.length > 0 && !isOver()
      ? await play(`${name}.control`, editsBehind(ablation), cellNamed(convicted.cell, cells), convicted.seed)
      : undefined;
  const proof = {
    name,
    defence,
    without,
    alsoOff,
    expected,
    plays,
    ...(control ? { control: playOf(control, evidence) } : {}),
  };
  return { ...proof, holds: isAsExpected(proof), tookMs: performance.now() - startedAt };
}

/** @throws when an ablation names a cell that is gone; the spec says so earlier. */
function cellNamed(id: string, cells: readonly Cell[]): Cell {
  const cell = cells.find((each) => each.id === id);
  if (!cell) throw new Error(`There is no cell "${id}". "npm run chaos -- --list" names them.`);
  return cell;
}
