import type { BrokerFaults } from '../faults/broker.js';
import { now, type Placer } from './placer.js';

export interface Loss {
  /** Orders that had been begun when it happened. */
  readonly begun: number;
  /** Orders accepted until it was up again. */
  readonly accepted: number;
  /** Until it could be worked with again. */
  readonly downMs: number;
}

/** Half-way, with orders under way, the broker is killed, its disk is gone, and it starts again with empty queues. */
export class BrokerLoss {
  #running: Promise<Loss> | undefined;

  constructor(
    private readonly broker: BrokerFaults,
    private readonly placer: Placer,
    half: number,
  ) {
    const begun = Math.max(1, Math.floor(half));
    placer.at(begun, () => {
      this.#running = this.#lose(begun);
      this.#running.catch(() => {}); // heard of in `over`; until then customers go on
    });
  }

  /** Undefined when the load never got half-way. */
  async over(): Promise<Loss | undefined> {
    return this.#running;
  }

  async #lose(begun: number): Promise<Loss> {
    const [beganAt, before] = [now(), this.placer.placed.length];
    await this.broker.loseEverything();
    await this.broker.start();
    return { begun, accepted: this.placer.placed.length - before, downMs: now() - beganAt };
  }
}
