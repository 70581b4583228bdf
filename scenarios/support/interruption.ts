/** Exit codes as a shell gives them: 128 + number of the signal. */
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Stops in order on Ctrl-C, SIGTERM, a closed terminal and on errors that nobody caught. A second signal ends us at once:
 * then the guard of the throw-away stack, a process of its own, ends what we started.
 */
export class Interruption {
  #stop: (() => Promise<unknown>) | undefined;
  #signalled = false;
  readonly #removers: (() => void)[] = [];

  constructor(private readonly log: (line: string) => void) {
    for (const [signal, code] of Object.entries(codes))
      this.#on(signal, () => this.#end(`${signal}: stopping …`, code));
    const unexpected = (error: unknown): void => {
      log(error instanceof Error ? (error.stack ?? error.message) : String(error));
      this.#end('An unexpected error: stopping …', 1);
    };
    this.#on('uncaughtException', unexpected);
    this.#on('unhandledRejection', unexpected);
  }

  /** From now on there is something to stop. */
  stopsBy(stop: () => Promise<unknown>): void {
    this.#stop = stop;
  }

  /** True once we are on the way out; whoever is at work then only looks on. */
  get signalled(): boolean {
    return this.#signalled;
  }

  /** Signals do again what they do by default. */
  dismiss(): void {
    for (const remove of this.#removers) remove();
  }

  #on(event: string, listener: (argument: unknown) => void): void {
    process.on(event, listener);
    this.#removers.push(() => process.off(event, listener));
  }

  #end(why: string, code: number): void {
    if (this.#signalled) process.exit(code);
    this.#signalled = true;
    this.log(`${why} (once more: at once)`);
    const stopped = this.#stop?.() ?? Promise.resolve();
    stopped.then(
      () => process.exit(code),
      (error: unknown) => {
        this.log(error instanceof Error ? error.message : String(error));
        process.exit(code);
      },
    );
  }
}
