/**
 * Tries `check` until it stops throwing, with a growing pause, and returns its value.
 * When the time is over it throws the last error, so that a failing test shows what was still wrong.
 * @param withinMs default 15000; covers the slowest honest wait on a busy machine, not the expected one.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { withinMs = 15_000 }: { readonly withinMs?: number } = {},
): Promise<T> {
  const until = performance.now() + withinMs;
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 1.5, 250)) {
    try {
      return await check();
    } catch (lastError) {
      if (performance.now() + pauseMs > until) {
        if (lastError instanceof Error) lastError.message += `\n(still so after ${withinMs} ms)`;
        throw lastError;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Holds for the whole time: `check` must not throw once. For "and nothing more arrives". */
export async function throughout(check: () => void | Promise<void>, forMs: number): Promise<void> {
  for (const until = performance.now() + forMs; performance.now() < until;) {
    await check();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
