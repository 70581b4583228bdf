/** What the weather on one direction of a wire is; all its connections share it. */
export interface Weather {
  /** Nothing passes and nothing is lost: it waits, as TCP would send it again. */
  held: boolean;
  delayMs: number;
  /** Each piece is late by up to this much more or less; never out of order. */
  jitterMs: number;
  /** Infinity: as fast as it goes. */
  bytesPerSecond: number;
}

export const fair = (): Weather => ({ held: false, delayMs: 0, jitterMs: 0, bytesPerSecond: Infinity });

/** Small enough for a slow line to trickle instead of to gulp. */
const slicesPerSecond = 20;

/** One direction of one connection: what is under way, in order. */
export class Flow {
  readonly #underWay: { due: number; readonly pass: () => void }[] = [];
  #lineFreeAt = 0;
  #lastDue = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly weather: Weather,
    private readonly random: () => number,
  ) {}

  send(bytes: Buffer, write: (bytes: Buffer) => void): void {
    const { bytesPerSecond } = this.weather;
    const slice = Math.max(1, Math.ceil(bytesPerSecond / slicesPerSecond));
    if (bytes.length <= slice) return this.pass(() => write(bytes), bytes.length);
    for (let at = 0; at < bytes.length; at += slice) {
      const part = bytes.subarray(at, at + slice);
      this.pass(() => write(part), part.length);
    }
  }

  /** For what has no bytes: the end of a connection must not overtake what was said before. */
  pass(pass: () => void, size = 0): void {
    const { held, delayMs, jitterMs, bytesPerSecond } = this.weather;
    const now = performance.now();
    this.#lineFreeAt = Math.max(now, this.#lineFreeAt) + (size / bytesPerSecond) * 1000;
    const late = Math.max(0, delayMs + jitterMs * (2 * this.random() - 1));
    this.#lastDue = Math.max(this.#lastDue, this.#lineFreeAt + late);
    if (!held && this.#underWay.length === 0 && this.#lastDue <= now) return pass();
    this.#underWay.push({ due: this.#lastDue, pass });
    this.#pump();
  }

  /** Everything under way arrives now. */
  flush(): void {
    this.#lastDue = this.#lineFreeAt = 0;
    for (const each of this.#underWay) each.due = 0;
    this.#pump();
  }

  drop(): void {
    clearTimeout(this.#timer);
    this.#underWay.length = 0;
  }

  #pump(): void {
    clearTimeout(this.#timer);
    for (let next; !this.weather.held && (next = this.#underWay[0]);) {
      const inMs = next.due - performance.now();
      if (inMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), inMs);
        return;
      }
      this.#underWay.shift();
      next.pass();
    }
  }
}
