import './exit-at-once.mjs';
import { StackError } from './stack-error.mjs';

/** A command's outermost frame: errors for people without a stack trace, all others with it. @param {() => unknown} main */
export async function runMain(main) {
  stopWithOurReader();
  stopWithNpm();
  try {
    await main();
  } catch (error) {
    const isUsage = /** @type {NodeJS.ErrnoException} */ (error).code?.startsWith('ERR_PARSE_ARGS');
    console.error(error instanceof StackError || isUsage ? /** @type {Error} */ (error).message : error);
    process.exitCode = 1;
  }
}

/** In order, where a command has something to stop. */
const stop = () => process.kill(process.pid, 'SIGTERM');

/** `… | head`: nobody reads on, and that is no error of ours. */
function stopWithOurReader() {
  for (const stream of [process.stdout, process.stderr]) {
    let isClosed = false;
    stream.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code !== 'EPIPE') throw error;
      if (!isClosed) stop();
      isClosed = true;
    });
  }
}

/**
 * npm starts us through a shell and passes SIGTERM on to that shell only, which dies of it and leaves us behind (npm 11, dash):
 * nobody could stop us any more.
 */
function stopWithNpm() {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    stop();
  }, 250);
  watch.unref();
}
