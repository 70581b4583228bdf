/** @typedef {(line: string) => void} Log */

/** Longer steps must show that they live; shorter ones must not clutter. */
const firstLineAfterMs = 1_000;
const nextLineEveryMs = 5_000;

/**
 * Runs a step and says so as soon as it takes longer than a second.
 * @template T
 * @param {Log} log
 * @param {string} title
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(log, title, work) {
  const startedAt = Date.now();
  const seconds = () => ((Date.now() - startedAt) / 1000).toFixed(1);
  let shown = false;
  const show = () => {
    log(`${title} … ${seconds()} s`);
    shown = true;
  };
  /** @type {NodeJS.Timeout} */
  let timer = setTimeout(() => {
    show();
    timer = setInterval(show, nextLineEveryMs);
  }, firstLineAfterMs);
  try {
    const result = await work();
    if (shown) log(`${title}: ${seconds()} s`);
    return result;
  } finally {
    clearTimeout(timer);
  }
}
