import type { Log } from '@halfway/mq';

export interface LogLine {
  readonly level: keyof Log;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly phrase: string;
}

export interface RecordingLog extends Log {
  readonly lines: LogLine[];
  of(phrase: string): LogLine[];
}

/** Keeps what was logged, for tests that look at it. */
export function recordingLog(): RecordingLog {
  const lines: LogLine[] = [];
  const at =
    (level: keyof Log) =>
    (facts: object, phrase: string): void =>
      void lines.push({ level, facts: { ...facts }, phrase });
  return {
    lines,
    of: (phrase) => lines.filter((line) => line.phrase === phrase),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}
