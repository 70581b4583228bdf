import { setTimeout as pause } from 'node:timers/promises';

export interface Patience {
  /** Default 30 000. */
  readonly withinMs?: number;
  /** Pause before the second look, default 20; grows to 200, so that many who wait don't become the load they wait for. */
  readonly everyMs?: number;
}

/** A condition that did not come true in time; says what was seen last, so that nobody has to run it again to know. */
export class NotInTimeError extends Error {
  constructor(what: string, waitedMs: number, lastSeen: unknown) {
    const seen = lastSeen instanceof Error ? lastSeen.message : JSON.stringify(lastSeen);
    super(`Waited ${(waitedMs / 1000).toFixed(1)} s until ${what}. Last seen: ${seen ?? 'nothing'}`, {
      cause: lastSeen instanceof Error ? lastSeen : undefined,
    });
    this.name = 'NotInTimeError';
  }
}

const growth = 1.3;
const longestMs = 200;

/**
 * Looks again and again until `look` returns what `holds` accepts; an error of `look` counts as "not yet".
 * The pause is only between two looks: nobody sleeps for a time that was guessed.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  { withinMs = 30_000, everyMs = 20 }: Patience = {},
): Promise<T> {
  const startedAt = performance.now();
  for (let pauseMs = everyMs; ; pauseMs = Math.min(pauseMs * growth, Math.max(longestMs, everyMs))) {
    let lastSeen: unknown;
    try {
      const seen = await look();
      if (holds(seen)) return seen;
      lastSeen = seen;
    } catch (error) {
      if (error instanceof GiveUpError) throw error;
      lastSeen = error;
    }
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > withinMs) throw new NotInTimeError(what, waitedMs, lastSeen);
    await pause(pauseMs);
  }
}

/** Thrown by `look` when waiting on is pointless, e.g. because the process that should do it has ended. */
export class GiveUpError extends Error {
  override readonly name = 'GiveUpError';
}
