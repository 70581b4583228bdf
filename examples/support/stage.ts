import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { mqMigrations, type Log } from '@halfway/mq';
import { createDatabase } from '../../test/support/database.js';
import type { Closable, Example, Place, Show } from './example.js';
import { inWords } from './in-words.js';
import { startService } from './service.js';

export interface StageOptions {
  readonly endpoint: string;
  readonly place?: Place;
  readonly print: (line: string) => void;
}

export interface Performed {
  readonly differences: readonly string[];
  /** Why it was not run to its end. */
  readonly skipped?: string;
  /** Warnings and errors of the library, for whoever looks for a reason. */
  readonly warnings: readonly string[];
}

const LOOK_MS = 25;
/** Patience for a machine that does other things too; the default is 3000. */
const REQUEST_MS = 10_000;

/** Runs one example. Everything it opened is closed afterwards. @returns what was not as expected */
export async function perform(example: Example, { endpoint, place, print }: StageOptions): Promise<Performed> {
  const begun = performance.now();
  const differences: string[] = [];
  const warnings: string[] = [];
  const open: Closable[] = [];
  const source = `${example.name}-${randomUUID().slice(0, 8)}`;
  const say = (text: string): void => print(`  +${((performance.now() - begun) / 1_000).toFixed(3)} s  ${text}`);
  const log = quiet(warnings);
  const connection = { endpoint, requestTimeoutMs: REQUEST_MS };
  const differs = (what: string): void => {
    differences.push(what);
    say(`✘ ${what}`);
  };
  const closing = <T extends Closable>(thing: T): T => {
    open.push(thing);
    return thing;
  };

  const show: Show = {
    here: { connection, source, log },
    place,
    say,
    expect: (what, seen, expected) => {
      if (isDeepStrictEqual(seen, expected)) say(`✔ ${what}: ${inWords(seen)}`);
      else differs(`${what}: ${inWords(seen)}, but ${inWords(expected)} was expected`);
    },
    expectThat: (what, holds, seen) => {
      if (holds) say(`✔ ${what}: ${inWords(seen)}`);
      else differs(`${what}: not so, ${inWords(seen)}`);
    },
    skip: (reason) => {
      throw new Skipped(reason);
    },
    until: async (what, ready, withinMs = 20_000) => {
      const deadline = performance.now() + withinMs;
      while (!(await ready())) {
        if (performance.now() > deadline)
          throw new NotInTimeError(`waited ${withinMs / 1_000} s in vain until ${what}`);
        await new Promise((go) => setTimeout(go, LOOK_MS));
      }
    },
    closing,
    ours: (receive) => (message, delivery) => (delivery.source === source ? receive(message, delivery) : undefined),
    service: async (options) => closing(await startService({ connection, log, ...options })),
    database: async (...setup) => {
      const database = await createDatabase({ migrations: mqMigrations, setup });
      open.unshift({ close: () => database.drop() }); // after everything that uses it
      return database.pool;
    },
  };

  let skipped: string | undefined;
  try {
    await example.run(show);
  } catch (error) {
    if (error instanceof Skipped) skipped = error.message;
    else differs(error instanceof NotInTimeError ? error.message : `it failed: ${inWords(error)}`);
  } finally {
    for (const thing of open.reverse()) await ('close' in thing ? thing.close() : thing.stop());
  }
  return { differences, warnings, ...(skipped === undefined ? {} : { skipped }) };
}

class NotInTimeError extends Error {}
class Skipped extends Error {}

function quiet(warnings: string[]): Log {
  const keep = (facts: object, phrase: string): void => void warnings.push(`${phrase} ${inWords(facts)}`);
  const forget = (): void => undefined;
  return { debug: forget, info: forget, warn: keep, error: keep };
}
