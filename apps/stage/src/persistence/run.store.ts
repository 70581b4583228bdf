import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunRecord } from '../domain/run.js';

const KEPT = 200;
const FILE = /^[0-9a-f-]{36}[.]json$/;

/** Runs as files, one each, the newest 200: they outlive the stage, and a person can read them. */
export class RunStore {
  constructor(private readonly folder: string) {}

  /** Whole or not at all: a reader never finds half a file. */
  async save(record: RunRecord): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const file = this.#fileOf(record.runId);
    await writeFile(`${file}.new`, JSON.stringify(record, null, 2));
    await rename(`${file}.new`, file);
    const names = await this.#names();
    await Promise.all(names.slice(0, -KEPT).map((name) => rm(join(this.folder, name), { force: true })));
  }

  async find(runId: string): Promise<RunRecord | undefined> {
    const text = await ifThere(readFile(this.#fileOf(runId), 'utf8'));
    // Only `save` writes there.
    return text === undefined ? undefined : (JSON.parse(text) as RunRecord);
  }

  /** Newest first. */
  async latest(limit: number): Promise<readonly RunRecord[]> {
    const names = (await this.#names()).slice(-limit).toReversed();
    const found = await Promise.all(names.map((name) => this.find(name.replace('.json', ''))));
    return found.filter((record) => record !== undefined);
  }

  /** Ids are UUIDv7: by name is by time. */
  async #names(): Promise<readonly string[]> {
    const names = (await ifThere(readdir(this.folder))) ?? [];
    return names.filter((name) => FILE.test(name)).toSorted();
  }

  #fileOf(runId: string): string {
    return join(this.folder, `${runId}.json`);
  }
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Not by `instanceof`: under jest, Node's own errors come from another realm. */
const isMissing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
