import { setTimeout as pause } from 'node:timers/promises';
import type { Loop } from './arguments.js';
import { now, type Placer } from './placer.js';

/** How many it will be. */
export const ordersOf = (loop: Loop): number =>
  loop.kind === 'open' ? loop.ratePerSecond * loop.seconds : loop.orders;

/** Requests without an answer, at most: beyond it an open loop measures its own queue and no longer the services. */
const openAtMost = 2_000;

/** N per second by the clock: an order that cannot be sent in time is late, and its lateness is part of its latency. */
export async function openLoop(placer: Placer, { ratePerSecond, seconds }: Loop & { kind: 'open' }): Promise<void> {
  const total = ordersOf({ kind: 'open', ratePerSecond, seconds });
  const startedAt = now();
  const open = new Set<Promise<void>>();
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((now() - startedAt) / 1000) * ratePerSecond) + 1);
    for (; sent < due; sent++) {
      const request = placer.place(startedAt + (sent / ratePerSecond) * 1000);
      open.add(request);
      void request.finally(() => open.delete(request)).catch(() => {}); // its failure is seen below, by allSettled
    }
    if (open.size > openAtMost) {
      throw new Error(
        `${open.size} requests are open: ${ratePerSecond}/s is more than this machine does. Lower --rate.`,
      );
    }
    await pause(1);
  }
  await Promise.all(open);
}

/** The next as soon as one is answered, while `backlog()` (accepted, not settled) stays below its bound. */
export async function closedLoop(
  placer: Placer,
  { inFlight, orders }: Loop & { kind: 'closed' },
  isBacklogFull: () => boolean,
): Promise<void> {
  let begun = 0;
  const worker = async (): Promise<void> => {
    while (begun < orders) {
      if (isBacklogFull()) {
        await pause(2);
        continue;
      }
      begun += 1;
      await placer.place(now());
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, orders) }, worker));
}
