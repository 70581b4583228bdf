import { closeSync, openSync, readSync } from 'node:fs';

/** A line of a service's structured log. */
export interface LogLine {
  readonly at: number;
  /** As pino counts: 20 debug, 30 info, 40 warn, 50 error. */
  readonly level: number;
  readonly phrase: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * Reads what a process has appended to its log since the last look. A file and not a pipe, because the process may outlive
 * us ("demo --keep"); read on demand and not watched, because whoever needs the log is waiting for something anyway.
 */
export class LogFile {
  readonly #lines: LogLine[] = [];
  #offset = 0;
  #rest = '';

  constructor(readonly path: string) {}

  /** Everything so far. */
  read(): readonly LogLine[] {
    const file = openSync(this.path, 'a+');
    try {
      const chunk = Buffer.allocUnsafe(1 << 20);
      for (let size = 0; (size = readSync(file, chunk, 0, chunk.length, this.#offset)) > 0;) {
        this.#offset += size;
        // A character cut in two at the end of a chunk can only damage a text, never the JSON round it.
        this.#take(chunk.toString('utf8', 0, size));
      }
    } finally {
      closeSync(file);
    }
    return this.#lines;
  }

  /** The end of it, for a person who has to find out why the process ended. */
  tail(lines = 12): string {
    return this.read()
      .slice(-lines)
      .map(({ phrase, facts }) =>
        `    ${phrase} ${Object.keys(facts).length ? JSON.stringify(facts) : ''}`.slice(0, 600),
      )
      .join('\n');
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') this.#lines.push(parseLine(line));
  }
}

const levels: Readonly<Record<string, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };

/** Text that is no JSON (a crash of Node itself) is kept as it is. */
export function parseLine(line: string): LogLine {
  try {
    // A JSON line of the services' logger is an object; anything else fails here and is kept as text.
    const entry = JSON.parse(line) as Record<string, unknown>;
    const { time, level, msg, service: _service, ...facts } = entry;
    const at = Date.parse(String(time));
    return { at, level: levels[String(level)] ?? 50, phrase: typeof msg === 'string' ? msg : '', facts };
  } catch {
    return { at: Date.now(), level: 50, phrase: line, facts: {} };
  }
}
