import { UsageError } from './usage-error.js';

export interface NumberOption {
  /** As it is written, without the dashes. */
  readonly name: string;
  /** Absent: the fallback. */
  readonly text: string | undefined;
  readonly fallback: number;
  /** Default 1. */
  readonly atLeast?: number;
  readonly atMost: number;
  /** What the command understands, for whoever mistyped. */
  readonly usage: string;
}

/** The value of an option such as `--seconds 30`. @throws UsageError */
export function wholeNumber({ name, text, fallback, atLeast = 1, atMost, usage }: NumberOption): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= atLeast && value <= atMost) return value;
  throw new UsageError(`--${name} must be a whole number from ${atLeast} to ${atMost}.\n\n${usage}`);
}
