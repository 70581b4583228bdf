/** An error for people: what is wrong and, as the last sentence, what to do. The command line prints it without a stack trace. */
export class StackError extends Error {
  /** @param {string} message @param {{ cause?: unknown }} [options] */
  constructor(message, options) {
    super(message, options);
    this.name = 'StackError';
  }
}
