import { availableParallelism } from 'node:os';
import type { Group } from './cell.js';
import type { CellResult } from './cell-result.js';
import { figuresOf, type Figure } from './figures.js';

/** What a run of the matrix has shown; the JSON beside the page. */
export interface Matrix {
  readonly startedAt: string;
  readonly tookMs: number;
  readonly cores: number;
  readonly node: string;
  readonly lanes: number;
  readonly seeds: readonly number[];
  readonly commits: readonly string[];
  readonly played: number;
  readonly red: number;
  /** What this machine cannot do; not among the played. */
  readonly skipped: number;
  readonly orders: number;
  readonly hurt: number;
  /** The longest time to heal. */
  readonly slowestMs: number;
  readonly groups: readonly { readonly name: string; readonly about: string; readonly cells: readonly string[] }[];
  readonly figures: readonly Figure[];
  readonly results: readonly CellResult[];
}

export function summarise(
  groups: readonly Group[],
  results: readonly CellResult[],
  run: { readonly startedAt: Date; readonly tookMs: number; readonly lanes: number; readonly seeds: readonly number[] },
): Matrix {
  const sum = (value: (result: CellResult) => number): number =>
    results.reduce((total, result) => total + value(result), 0);
  const played = new Set(results.map(({ id }) => id));
  return {
    startedAt: run.startedAt.toISOString(),
    tookMs: run.tookMs,
    cores: availableParallelism(),
    node: process.versions.node,
    lanes: run.lanes,
    seeds: run.seeds,
    commits: [...new Set(results.flatMap(({ commit }) => commit ?? []))],
    played: results.filter(({ result }) => result !== 'skipped').length,
    red: results.filter(({ result }) => result === 'red').length,
    skipped: results.filter(({ result }) => result === 'skipped').length,
    orders: sum(({ orders }) => orders),
    hurt: sum(({ hurt }) => hurt),
    slowestMs: Math.max(0, ...results.map(({ healedAfterMs = 0 }) => healedAfterMs)),
    groups: groups
      .map(({ name, about, cells }) => ({
        name,
        about,
        cells: cells.map(({ id }) => id).filter((id) => played.has(id)),
      }))
      .filter(({ cells }) => cells.length > 0),
    figures: figuresOf(results),
    results,
  };
}
