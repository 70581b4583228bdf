import { setTimeout as pause } from 'node:timers/promises';
import type { Journal } from '../support/journal.js';
import type { Service } from '../support/service.js';

export interface Supervisor {
  /** How often it has started a service again. */
  readonly restarts: number;
  /** From now on a service that ends stays away; resolves when none is being started any more. */
  off(): Promise<void>;
}

/**
 * What a process manager does: a service that ended although nobody asked it to (an armed crash point, a bug) is started
 * again after `afterMs`, as it was before. Services that are killed or stopped through their own methods are not its business.
 */
export function superviseRestarts(
  services: readonly Service[],
  { afterMs, journal }: { readonly afterMs: number; readonly journal: Journal },
): Supervisor {
  let restarts = 0;
  let isOff = false;
  const underWay = new Set<Promise<void>>();
  const restart = async (service: Service): Promise<void> => {
    const endedAt = Date.now();
    await pause(afterMs);
    if (isOff) return;
    restarts += 1;
    service.launch();
    await service.untilLive();
    const detail = `down for ${Date.now() - endedAt} ms`;
    journal.write({ who: 'demo', what: `${service.name} service is back`, detail, tone: 'repair' });
  };
  const offs = services.map((service) =>
    service.superviseBy(() => {
      const work = restart(service).catch((error: unknown) =>
        journal.write({
          who: 'demo',
          what: `${service.name} service stays away`,
          detail: String(error),
          tone: 'fault',
        }),
      );
      underWay.add(work);
      void work.finally(() => underWay.delete(work));
    }),
  );
  return {
    get restarts() {
      return restarts;
    },
    off: async () => {
      isOff = true;
      for (const off of offs) off();
      await Promise.all(underWay);
    },
  };
}
