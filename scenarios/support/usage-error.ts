/** The command line was not understood; says how it is meant. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Node's own errors of `parseArgs` in the same form. */
export function asUsageError(error: unknown, usage: string): UsageError {
  const text = String(error).replace(/^.*?: /, '');
  return new UsageError(`${text.split('. ')[0]}.\n\n${usage}`, { cause: error });
}
