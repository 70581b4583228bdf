import { join } from 'node:path';
import { playCell } from '../chaos/play-cell.js';
import { settings } from '../chaos/settings.js';
import { buildEdited } from '../edited-build/build.js';
import { root } from '../support/stack.js';
import { System } from '../support/system.js';
import type { PlayAblated } from './prove.js';

/** A system of its own for each play: what a defence kept out of the databases is in them now, and convicts every later cell. */
export class AblatedSystems {
  readonly #running = new Set<System>();
  #started = 0;

  constructor(private readonly log: (line: string) => void) {}

  readonly play: PlayAblated = async (name, edits, cell, seed) => {
    const dist = buildEdited(name, edits);
    const system = await System.start({
      profile: 'test',
      ports: 'free',
      folder: join(root, '.data', `ablation-${process.pid}-${++this.#started}`),
      environment: settings[cell.setting ?? 'usual'],
      wires: true,
      faults: true,
      dist,
      log: (line) => this.log(`${name}: ${line}`),
    });
    this.#running.add(system);
    try {
      return await playCell(cell, system, seed);
    } finally {
      if (this.#running.delete(system)) await system.stop();
    }
  };

  /** On the way out: what still plays loses its system. */
  async stop(): Promise<void> {
    const running = [...this.#running];
    this.#running.clear();
    await Promise.all(running.map((system) => system.stop()));
  }
}
