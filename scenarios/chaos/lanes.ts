import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../support/play.js';
import { System } from '../support/system.js';
import { root } from '../support/stack.js';
import type { Cell, Setting } from './cell.js';
import type { CellResult } from './cell-result.js';
import { playCell } from './play-cell.js';
import { settings } from './settings.js';

export interface LanesOptions {
  readonly lanes: number;
  readonly seed: number;
  readonly log: (line: string) => void;
  readonly onResult: (result: CellResult) => void;
  /** True once we are on the way out. */
  readonly isOver: () => boolean;
}

/** In this order, so that a lane changes its settings as seldom as can be. */
const order: readonly Setting[] = ['usual', 'short window', 'defaults'];

/**
 * Systems side by side, each with a stack of its own, that take cells from one queue: most of a cell is waiting. A system is
 * used again by the next cell as it is, with all that earlier faults have left in it; after a red cell it is replaced, so that one
 * defect is reported once.
 */
export class Lanes {
  readonly #lanes: Lane[] = [];
  /** Starting a stack takes all there is of a machine; the others wait, instead of all becoming slow together. */
  #starting: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LanesOptions) {}

  async play(cells: readonly Cell[]): Promise<void> {
    const rank = ({ setting = 'usual' }: Cell): number => order.indexOf(setting);
    const queue = [...cells].sort((a, b) => rank(a) - rank(b));
    const together = queue.filter(({ alone }) => !alone);
    const count = Math.min(this.options.lanes, cells.length);
    const lanes = Array.from(
      { length: count },
      (_, index) => new Lane(index + 1, this.options, (start) => this.#oneAfterTheOther(start)),
    );
    this.#lanes.push(...lanes);
    try {
      await Promise.all(lanes.map((lane) => lane.play(together)));
      const [last, ...others] = lanes;
      await Promise.all(others.map((lane) => lane.stop()));
      await last?.play(queue.filter(({ alone }) => alone));
    } finally {
      if (!this.options.isOver()) await this.stop();
    }
  }

  #oneAfterTheOther(start: () => Promise<System>): Promise<System> {
    const started = this.#starting.then(() => {
      if (this.options.isOver()) throw new Error('Everything is being stopped.');
      return start();
    });
    this.#starting = started.catch(() => undefined); // its own lane is told
    return started;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#lanes.splice(0).map((lane) => lane.stop()));
  }
}

type StartInTurn = (start: () => Promise<System>) => Promise<System>;

class Lane {
  #system: System | undefined;
  #environment: unknown;
  #starts = 0;

  constructor(
    private readonly number: number,
    private readonly options: LanesOptions,
    private readonly inTurn: StartInTurn,
  ) {}

  async play(queue: Cell[]): Promise<void> {
    for (let cell = queue.shift(); cell && !this.options.isOver(); cell = queue.shift()) {
      const result = await this.#playOne(cell);
      if (this.options.isOver()) return; // what it found is about our stopping, not about the system
      this.options.onResult(result);
      if (result.result === 'red') await this.#replace(cell);
    }
  }

  async stop(): Promise<void> {
    await this.#system?.stop();
    this.#system = undefined;
  }

  async #playOne(cell: Cell): Promise<CellResult> {
    const { seed } = this.options;
    const startedAt = performance.now();
    try {
      return await playCell(cell, await this.#systemFor(cell), seed);
    } catch (error) {
      const { id, kind, title, expected } = cell;
      const nothing = { happened: '', orders: 0, hurt: 0, checks: [], broken: [], invariants: 0, convictions: [] };
      const tookMs = performance.now() - startedAt;
      return {
        id,
        kind,
        title,
        expected,
        seed,
        result: 'red',
        tookMs,
        ...nothing,
        problems: [],
        reason: messageOf(error),
      };
    }
  }

  async #systemFor({ setting = 'usual' }: Cell): Promise<System> {
    const environment = settings[setting];
    if (this.#system) {
      if (this.#environment !== environment) await this.#system.configure(environment);
      this.#environment = environment;
      return this.#system;
    }
    const folder = join(root, '.data', `chaos-${process.pid}-${this.number}-${++this.#starts}`);
    const log = (line: string): void => this.options.log(`lane ${this.number}: ${line}`);
    const options = { profile: 'test', ports: 'free', folder, environment, wires: true, faults: true, log } as const;
    this.#system = await this.inTurn(() => System.start(options));
    this.#environment = environment;
    return this.#system;
  }

  /** Its logs are kept for whoever looks for the cause. */
  async #replace({ id }: Cell): Promise<void> {
    const system = this.#system;
    if (!system) return;
    const kept = join(root, '.data', 'chaos-red', `${id}-${this.options.seed}`);
    for (const service of [system.order, system.inventory]) {
      cpSync(service.log.path, join(kept, `${service.name}.log`), { recursive: true });
    }
    this.options.log(`logs of ${id}: ${kept}`);
    await this.stop();
  }
}
