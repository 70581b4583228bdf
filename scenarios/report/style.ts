import type { Actor } from '../support/journal.js';

/** Marks up text. Colours only for a terminal: a log file must not be full of escapes. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly actor: (who: Actor, text: string) => string;
}

const ansi = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;
const plain = (text: string): string => text;
const colours: Readonly<Record<Actor, number>> = { client: 39, order: 36, inventory: 35, broker: 34, demo: 33 };

/** https://no-color.org */
export function styleFor(stream: { readonly isTTY?: boolean }, environment = process.env): Style {
  if (!stream.isTTY || environment['NO_COLOR']) {
    return { bold: plain, dim: plain, good: plain, bad: plain, warn: plain, actor: (_who, text) => text };
  }
  return {
    bold: ansi(1),
    dim: ansi(2),
    good: ansi(32),
    bad: ansi(31),
    warn: ansi(33),
    actor: (who, text) => ansi(colours[who])(text),
  };
}
