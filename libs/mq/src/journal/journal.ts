import { hostname } from 'node:os';
import pg, { type Pool } from 'pg';
import { Counter, type Registry } from 'prom-client';
import { surviveConnectionLoss } from '../connection-loss.js';
import { describe } from '../consuming/failure.js';
import { printable } from '../consuming/held.js';
import type { Log } from '../rocketmq/wire.js';
import { onPool } from '../transaction/on-pool.js';
import type { Runs } from '../transaction/transaction-log.js';
import { turn, writeLines, type JournalRow } from './journal-table.js';
import { lifeOf, type Life } from './life.js';
import type { Facts } from './step.js';
import { WriteBehind } from './write-behind.js';

/**
 * The life of a key, step by step, as this service has seen it. For people and tests: nothing decides by it. A step is written
 * a few milliseconds behind, by a connection of its own that waits for no flush; nobody waits for it, and a killed process may
 * take its last steps with it.
 */
export abstract class Journal {
  /** Tells a step of the application's own to log and journal, after what makes it true was committed. Never throws. */
  abstract tell(step: string, facts: Facts): void;

  abstract lifeOf(key: string): Promise<Life>;
}

export interface JournalOptions {
  /** False: nothing is written, and a life is what the transaction log knows of it. */
  readonly on: boolean;
  /** The service's pool; a small one of the journal's own is made like it. */
  readonly pool: Pool;
  readonly log: Log;
  readonly registry: Registry;
  /** For tests. Steps that wait in memory, at most. */
  readonly queued?: number;
  /** For tests. Size of a half, without its index. */
  readonly mostBytes?: number;
}

/** Some seconds of a service at its limit. */
const QUEUED = 20_000;
/** Some 400,000 steps, 40,000 orders; two halves and their indexes are about four times that on disk, at most. */
const MOST_BYTES = 64 * 1024 * 1024;
/** A look at how full the half is, and whether another process has turned; whichever comes first. */
const TURN_EVERY = { lines: 5_000, ms: 5_000 };
const STATEMENT_MS = 2_000;
const LONGEST_DETAIL = 300;

export class PgJournal extends Journal {
  /** For the parts of the library; undefined when the journal is off, so that a step costs nothing then. */
  readonly write: ((step: string, facts: Facts) => void) | undefined;
  readonly #pool: Pool;
  readonly #runs: Runs;
  readonly #lines: WriteBehind<JournalRow>;
  readonly #steps: Counter<'result'>;
  readonly #process = `${process.pid}@${hostname()}`;
  #lastMs = 0;
  #half = 0;
  #turnAtMs = 0;
  #turnAfterLines = 0;
  #away = false;
  #stopped: Promise<void> | undefined;

  constructor(private readonly options: JournalOptions) {
    super();
    const { on, pool, registry, log, queued = QUEUED } = options;
    const { options: like } = pool;
    this.#pool = new pg.Pool({
      ...like,
      // pg hides it from enumeration.
      password: like.password,
      // One writes, one reads.
      max: 2,
      min: 0,
      connectionTimeoutMillis: STATEMENT_MS,
      statement_timeout: STATEMENT_MS,
      options: `${like.options ?? ''} -c synchronous_commit=off`.trim(),
      allowExitOnIdle: true,
    });
    this.#pool.on('connect', surviveConnectionLoss);
    this.#pool.on('error', (error) => log.debug({ err: error }, 'idle journal connection lost'));
    this.#runs = onPool(this.#pool, STATEMENT_MS + 500);
    this.#steps = new Counter({
      name: 'mq_journal_steps_total',
      help: 'Steps told to the journal, by result. Those of a killed process are in neither.',
      labelNames: ['result'],
      registers: [registry],
    });
    this.#lines = new WriteBehind<JournalRow>({
      write: (batch) => this.#write(batch),
      dropped: (count, error) => {
        this.#steps.inc({ result: 'dropped' }, count);
        if (error !== undefined) log.warn({ count, err: error }, 'steps refused by the journal');
      },
      atMost: queued,
    });
    this.write = on ? (step, facts) => this.#take(step, facts) : undefined;
  }

  tell(step: string, facts: Facts): void {
    this.options.log.debug(facts, step);
    this.write?.(step, facts);
  }

  async lifeOf(key: string): Promise<Life> {
    const life = await lifeOf(this.#runs, key);
    return this.options.on ? life : { ...life, missing: 'the journal is switched off' };
  }

  /** Writes what is queued, and ends its connections. Never rejects. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#lines.stop().then(() => this.#pool.end()));
  }

  #take(step: string, { key, keys, transactionId, type, messageId, attempt, ...more }: Facts): void {
    const line = {
      at: this.#now(),
      step,
      transactionId: transactionId ?? null,
      type: type ?? null,
      messageId: messageId ?? null,
      attempt: attempt ?? null,
      detail: detailOf(more),
    };
    const subjects = keys ?? [key ?? transactionId ?? ''];
    for (const subject of subjects) this.#lines.add({ ...line, subject: printable(subject) });
  }

  /** No two lines of a process have one time: within a millisecond they are numbered by microseconds. */
  #now(): number {
    const now = Date.now();
    this.#lastMs = Math.floor(this.#lastMs) === now ? this.#lastMs + 0.001 : now;
    return this.#lastMs;
  }

  /** A batch that PostgreSQL cannot take (data, constraints) is never tried again, any other failure may pass. */
  async #write(batch: readonly JournalRow[]): Promise<boolean> {
    try {
      await this.#turn();
      await writeLines(this.#runs, this.#half, this.#process, batch);
      this.#turnAfterLines -= batch.length;
    } catch (error) {
      if (error instanceof pg.DatabaseError && /^2[23]/.test(error.code ?? '')) throw error;
      if (!this.#away) this.options.log.warn({ reason: describe(error) }, 'journal not written, steps wait in memory');
      this.#away = true;
      return false;
    }
    this.#away = false;
    this.#steps.inc({ result: 'written' }, batch.length);
    return true;
  }

  async #turn(): Promise<void> {
    const now = performance.now();
    if (now < this.#turnAtMs && this.#turnAfterLines > 0) return;
    this.#half = await turn(this.#runs, this.options.mostBytes ?? MOST_BYTES);
    this.#turnAtMs = now + TURN_EVERY.ms;
    this.#turnAfterLines = TURN_EVERY.lines;
  }
}

function detailOf({ verdict, deliverAt, detail, reason, err }: Facts): string | null {
  const why = reason ?? (err === undefined ? undefined : describe(err));
  const due = deliverAt && `due ${deliverAt.toISOString()}`;
  const parts = [verdict, due, detail, why].filter((part) => part !== undefined && part !== '');
  return parts.length === 0 ? null : printable(parts.join(' · ')).slice(0, LONGEST_DETAIL);
}
