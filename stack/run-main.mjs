import { StackError } from './stack-error.mjs';

/** A command's outermost frame: errors for people without a stack trace, all others with it. @param {() => unknown} main */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    const isUsage = /** @type {NodeJS.ErrnoException} */ (error).code?.startsWith('ERR_PARSE_ARGS');
    console.error(error instanceof StackError || isUsage ? /** @type {Error} */ (error).message : error);
    process.exitCode = 1;
  }
}
