import type { Logger } from 'pino';

export interface Job {
  readonly name: string;
  /** Milliseconds between two runs, on average: every pause is 0.5 to 1.5 of it, so that instances don't march in step. */
  readonly everyMs: number;
  /** @returns true when there is more to do, which skips the pause. */
  readonly work: () => Promise<boolean>;
}

/** Idle → running → pausing → running …, until stopped. One run at a time; a failed one is logged and followed by the next. */
export class RepeatingJob {
  private readonly stopped = new AbortController();
  private loop: Promise<void> = Promise.resolve();

  constructor(
    private readonly job: Job,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.loop = this.repeat();
  }

  /** Resolves when the run under way has ended. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.loop;
  }

  private async repeat(): Promise<void> {
    const { signal } = this.stopped;
    await pause(this.job.everyMs * Math.random(), signal);
    while (!signal.aborted) {
      const more = await this.runOnce();
      if (!more) await pause(this.job.everyMs * (0.5 + Math.random()), signal);
    }
  }

  private async runOnce(): Promise<boolean> {
    try {
      return await this.job.work();
    } catch (err) {
      this.logger.warn({ job: this.job.name, err }, 'job failed, it runs again');
      return false;
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
