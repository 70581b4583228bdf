/**
 * Lanes: order inside a key, parallel across keys, a cap over all.
 *
 * A lane is the queue of one key. Its states: *ready* (its head may start) → *running* (its head was started) → *resting*
 * (its head failed and waits for a pause) → ready …; a lane without items does not exist. The slot that `concurrency` counts
 * is held while `run` is pending, the lane itself until `finish` or `again` is called for its head: so a caller may give the
 * slot back after the commit and keep the key closed until reply and acknowledgement are through.
 *
 * Batches: heads of *different* lanes with the same rule start together. One run per rule at a time: the next batch is what
 * queued up while the former was under way, so a quiet system pays no delay and a busy one gathers by itself. Two at a time
 * would halve the batches and let them wait for each other's row locks on a hot row; what follows the commit (replies, acks)
 * is outside of `run` and overlaps with the next batch anyway.
 */
export interface BatchRule {
  readonly upTo: number;
  readonly lingerMs: number;
}

export interface LanesOptions<T extends { readonly key: string }> {
  /** Runs under way at a time. */
  readonly concurrency: number;
  /** With which others an item may be gathered (compared by identity); undefined: it runs on its own. */
  readonly ruleOf: (item: T) => BatchRule | undefined;
  /** Works on heads of different lanes. Must not reject. */
  readonly run: (items: readonly T[]) => Promise<void>;
}

interface Lane<T> {
  readonly items: T[];
  state: 'ready' | 'running' | 'resting';
  timer?: NodeJS.Timeout;
}

interface Gathering<T> {
  readonly waiting: Lane<T>[];
  busy: boolean;
  /** Set once the linger time of the oldest waiting head is over. */
  due: boolean;
  timer?: NodeJS.Timeout;
}

export class Lanes<T extends { readonly key: string }> {
  readonly #lanes = new Map<string, Lane<T>>();
  readonly #singles: Lane<T>[] = [];
  readonly #gatherings = new Map<BatchRule, Gathering<T>>();
  #running = 0;
  #gate?: NodeJS.Timeout;
  #pumping = false;
  #stopped = false;

  constructor(private readonly options: LanesOptions<T>) {}

  /** Runs under way. */
  get running(): number {
    return this.#running;
  }

  add(item: T): void {
    const lane = this.#lanes.get(item.key);
    if (lane) {
      lane.items.push(item);
      return;
    }
    const fresh: Lane<T> = { items: [item], state: 'ready' };
    this.#lanes.set(item.key, fresh);
    this.#enqueue(fresh);
  }

  /** The head of this lane is done with; the next one may start. */
  finish(key: string): void {
    const lane = this.#lanes.get(key);
    if (!lane) return;
    lane.items.shift();
    if (lane.items.length === 0) this.#lanes.delete(key);
    else this.#enqueue(lane);
  }

  /** The head stays the head and starts again after `afterMs`; meanwhile the lane rests and holds no slot. */
  again(key: string, afterMs: number): void {
    const lane = this.#lanes.get(key);
    if (!lane) return;
    if (afterMs <= 0 || this.#stopped) return this.#enqueue(lane);
    lane.state = 'resting';
    lane.timer = setTimeout(() => this.#enqueue(lane), afterMs);
  }

  /** Removes and returns what waits behind the head of this lane. */
  takeBehind(key: string): readonly T[] {
    return this.#lanes.get(key)?.items.splice(1) ?? [];
  }

  /** What waits behind the head of this lane, head excluded. */
  behind(key: string): readonly T[] {
    return this.#lanes.get(key)?.items.slice(1) ?? [];
  }

  /** Nothing starts for `forMs`: for a failure that would hit every lane alike. */
  suspend(forMs: number): void {
    if (this.#gate || this.#stopped) return;
    this.#gate = setTimeout(() => {
      this.#gate = undefined;
      this.#pumpSoon();
    }, forMs);
  }

  /** Starts nothing more; returns everything that is not running. */
  stop(): readonly T[] {
    this.#stopped = true;
    clearTimeout(this.#gate);
    for (const gathering of this.#gatherings.values()) clearTimeout(gathering.timer);
    const left: T[] = [];
    for (const [key, lane] of this.#lanes) {
      clearTimeout(lane.timer);
      left.push(...lane.items.splice(lane.state === 'running' ? 1 : 0));
      if (lane.items.length === 0) this.#lanes.delete(key);
    }
    return left;
  }

  #enqueue(lane: Lane<T>): void {
    lane.state = 'ready';
    const head = lane.items[0];
    const rule = head && this.options.ruleOf(head);
    if (!rule) this.#singles.push(lane);
    else this.#gatheringOf(rule).waiting.push(lane);
    this.#pumpSoon();
  }

  #gatheringOf(rule: BatchRule): Gathering<T> {
    const known = this.#gatherings.get(rule);
    if (known) return known;
    const fresh: Gathering<T> = { waiting: [], busy: false, due: false };
    this.#gatherings.set(rule, fresh);
    return fresh;
  }

  // In a microtask: everything that one receive brought is in its lanes before the first batch is cut.
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    // Batches first: there is at most one per rule, so they cannot starve the singles; the other way round could.
    for (const [rule, gathering] of this.#gatherings) {
      if (this.#mayStart() && this.#isDue(rule, gathering)) {
        gathering.due = false;
        gathering.busy = true;
        this.#start(gathering.waiting.splice(0, rule.upTo), () => (gathering.busy = false));
      }
    }
    while (this.#mayStart()) {
      const lane = this.#singles.shift();
      if (!lane) return;
      this.#start([lane], () => undefined);
    }
  }

  #mayStart(): boolean {
    return !this.#stopped && !this.#gate && this.#running < this.options.concurrency;
  }

  #isDue(rule: BatchRule, gathering: Gathering<T>): boolean {
    if (gathering.busy || gathering.waiting.length === 0) return false;
    if (rule.lingerMs <= 0 || gathering.due || gathering.waiting.length >= rule.upTo) {
      clearTimeout(gathering.timer);
      gathering.timer = undefined;
      return true;
    }
    gathering.timer ??= setTimeout(() => {
      gathering.timer = undefined;
      gathering.due = true;
      this.#pump();
    }, rule.lingerMs);
    return false;
  }

  #start(lanes: readonly Lane<T>[], after: () => void): void {
    const heads: T[] = [];
    for (const lane of lanes) {
      const [head] = lane.items;
      // A lane may have been emptied by stop() while it stood in the queue.
      if (!head) continue;
      lane.state = 'running';
      heads.push(head);
    }
    this.#running++;
    void this.options.run(heads).finally(() => {
      this.#running--;
      after();
      this.#pumpSoon();
    });
  }
}
