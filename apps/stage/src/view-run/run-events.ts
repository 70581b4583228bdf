import type { RunEvent } from '../domain/run.js';

/** Whoever stands between may close a connection that is silent, and a client that is gone shows only when written to. */
const HEARTBEAT_MS = 15_000;

/**
 * A run as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html): `event: step` with the number
 * of the step as id, at last `event: end` with the whole run.
 */
export async function* toServerSentEvents(events: AsyncGenerator<RunEvent>): AsyncGenerator<string> {
  let next = events.next();
  try {
    for (;;) {
      const result = await silentFor(HEARTBEAT_MS, next);
      if (result === 'silence') yield ': still here\n\n';
      else if (result.done) return;
      else {
        yield format(result.value);
        next = events.next();
      }
    }
  } finally {
    // Not awaited: it may be waiting for a step, and ends with the run at the latest.
    void events.return(undefined);
  }
}

const format = (event: RunEvent): string =>
  event.kind === 'step'
    ? `id: ${event.index}\nevent: step\ndata: ${JSON.stringify(event.step)}\n\n`
    : `event: end\ndata: ${JSON.stringify(event.record)}\n\n`;

async function silentFor<T>(ms: number, next: Promise<T>): Promise<T | 'silence'> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<'silence'>((resolve) => (timer = setTimeout(resolve, ms, 'silence')));
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}
