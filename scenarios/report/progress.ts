import type { Style } from './style.js';

const firstAfterMs = 1_000;
const everyMs = 5_000;

/**
 * Shows that something lives once it takes longer than a second: on a terminal one line that counts and goes away, in a log
 * a line every five seconds.
 */
export async function showProgress<T>(
  out: NodeJS.WriteStream,
  style: Style,
  title: string,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const show = (): void => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const text = style.dim(`  … ${title} (${seconds} s)`);
    out.write(out.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  };
  let timer = setTimeout(() => {
    show();
    timer = setInterval(show, out.isTTY ? firstAfterMs : everyMs);
  }, firstAfterMs);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    if (out.isTTY) out.write('\r\u001b[K');
  }
}
