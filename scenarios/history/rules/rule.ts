import type { Operation } from '../operation.js';

export type Subject = 'order' | 'key' | 'payment';

/** A sentence that every honest history fits, whatever was lost or slow on the way. */
export interface Rule {
  /** H and a number; the same in the README and in reports. */
  readonly id: string;
  readonly sentence: string;
  readonly subject: Subject;
  /** Gets all operations about one subject. @returns those that convict, or nothing */
  readonly judge: (operations: readonly Operation[]) => readonly Operation[] | undefined;
}
