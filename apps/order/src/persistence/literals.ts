/**
 * Statuses of the domain's transition table as SQL text. Literals instead of parameters, so that the planner can see that a
 * partial index fits. Only for constants of ours: the type admits nothing that came from outside.
 */
export function literals(words: readonly Uppercase<string>[]): string {
  return words.map((word) => `'${word}'`).join(', ');
}
