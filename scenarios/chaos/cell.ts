import type { World } from './world.js';

/** As in the matrix: what is done at a point. */
export const kinds = {
  K: 'SIGKILL',
  E: 'error before the effect',
  T: 'answer lost after the effect',
  D: 'duplicate',
  L: 'delay past a limit',
  P: 'SIGSTOP past a limit, then CONT',
  F: 'fault from outside',
} as const;
export type Kind = keyof typeof kinds;

/** Settings that a cell needs; cells with the same ones follow each other, as others need another system. */
export type Setting = 'usual' | 'short window' | 'defaults';

/** One place in which one thing goes wrong. */
export interface Cell {
  /** `C7.K`: line of the matrix, kind. What `--cell` takes. */
  readonly id: string;
  readonly kind: Kind;
  /** The named line of the code where it is armed, `@` the event type it is narrowed to; absent when made from outside. */
  readonly point?: string;
  /** Where or what. */
  readonly title: string;
  /** What must be true once it is healed, beyond the invariants and the clients' histories. */
  readonly expected: string;
  /** Default `usual`. */
  readonly setting?: Setting;
  /** Default 30 s; less where a figure is promised. */
  readonly healsWithinMs?: number;
  /** Played when the other lanes are done: customers go on while it starts servers, so what it has to mend grows with their delay. */
  readonly alone?: boolean;
  /** Part of the sample that `npm test` plays. */
  readonly quick?: boolean;
  /** Makes the fault while customers come and go, and mends what it broke. */
  readonly play: (world: World) => Promise<void>;
}

/** This machine cannot do what the cell needs. Thrown by `play`, before anything is broken. */
export class CannotBePlayedError extends Error {
  override readonly name = 'CannotBePlayedError';
}

export interface Group {
  readonly name: string;
  /** For a reader who meets the group in the page. */
  readonly about: string;
  readonly cells: readonly Cell[];
}

/** How something goes wrong: what a line of the matrix has per kind. */
export interface Fault {
  readonly point?: string;
  readonly play: (world: World) => Promise<void>;
}

export interface Line {
  readonly id: string;
  readonly title: string;
  readonly expected: string;
  readonly setting?: Setting;
  readonly faults: Partial<Readonly<Record<Kind, Fault>>>;
  /** What the kinds have in common beyond the fault, looked at when all is quiet. */
  readonly check?: (world: World) => Promise<void>;
  /** Kinds that are part of the sample. */
  readonly quick?: readonly Kind[];
}

/** A line of the matrix becomes one cell per kind. */
export function line({ id, title, expected, setting, faults, check, quick = [] }: Line): readonly Cell[] {
  // Object.entries knows no key but string; they are the keys of the record.
  return (Object.entries(faults) as [Kind, Fault][]).map(([kind, { point, play }]) => ({
    id: `${id}.${kind}`,
    kind,
    ...(point === undefined ? {} : { point }),
    title,
    expected,
    ...(setting === undefined ? {} : { setting }),
    quick: quick.includes(kind),
    play: async (world) => {
      await play(world);
      if (check) world.whenQuiet(() => check(world));
    },
  }));
}
