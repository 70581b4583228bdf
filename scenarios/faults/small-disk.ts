import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, rmdirSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Stack } from '../support/stack.js';
import type { Database } from './postgres.js';

/** The disk that a database is on, small enough to be filled. */
export interface SmallDisk {
  /** Not a byte is left: a table that has to grow cannot (53100). */
  fill(): void;
  free(): void;
  /** The database moves back; it has no sessions for a moment. */
  remove(): Promise<void>;
}

/** What cannot be done on this machine, and why. */
export interface Skipped {
  readonly skipped: string;
}

const tablespace = 'small_disk';
const prefix = join(tmpdir(), 'halfway-disk-');

/**
 * Moves a database onto a file system of its own in memory; its sessions end for that moment. The write-ahead log stays where it
 * is: without space for it PostgreSQL stops altogether, which is a crash and is played as one.
 */
export async function putOnSmallDisk(
  stack: Stack,
  database: Database,
  { megabytes = 64 }: { readonly megabytes?: number } = {},
): Promise<SmallDisk | Skipped> {
  sweepAbandoned();
  const { postgres } = stack.pids;
  if (postgres === undefined) return { skipped: 'PostgreSQL is not ours.' };
  const folder = `${prefix}${process.pid}-${Date.now()}`;
  mkdirSync(folder);
  const owner = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${postgres}/status`, 'utf8'))?.[1] ?? '0';
  try {
    const options = `size=${megabytes}m,mode=700,uid=${owner}`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    rmdirSync(folder);
    return { skipped: `A file system of its own cannot be mounted here: ${String(error).split('\n').at(-2) ?? ''}` };
  }
  const ballast = join(folder, 'ballast');
  const admin = async (...statements: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: stack.postgresAdminUrl });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const moveTo = (place: string): Promise<void> =>
    admin(
      `alter database ${database} allow_connections false`,
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${database}'`,
      `alter database ${database} set tablespace ${place}`,
      `alter database ${database} allow_connections true`,
    );
  const free = (): void => rmSync(ballast, { force: true });
  await admin(`create tablespace ${tablespace} location '${folder}'`);
  await moveTo(tablespace);
  return {
    fill: () => fill(ballast, folder),
    free,
    remove: async () => {
      free();
      await moveTo('pg_default');
      await admin(`drop tablespace ${tablespace}`);
      unmount(folder);
    },
  };
}

function fill(ballast: string, folder: string): void {
  for (let left; (left = statfsSync(folder)).bavail > 0;) {
    appendFileSync(ballast, Buffer.alloc(Math.min(left.bavail * left.bsize, 1 << 20)));
  }
}

/** A run that was killed could not tidy up; its number stands in the name. */
function sweepAbandoned(): void {
  const mounted = readFileSync('/proc/mounts', 'utf8').split('\n');
  for (const folder of mounted.map((line) => line.split(' ')[1] ?? '').filter((each) => each.startsWith(prefix))) {
    const owner = Number(folder.slice(prefix.length).split('-')[0]);
    if (!isAlive(owner)) unmount(folder);
  }
}

/** Lazily: a server that was thrown away may be a moment from gone. */
function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder]);
  rmdirSync(folder);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
