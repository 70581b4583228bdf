// A new cluster: what initdb makes, then our roles and databases.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StackError } from '../stack-error.mjs';
import { connect } from './client.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** @param {string} binaries @param {string} data is removed first @param {import('./binaries.mjs').User} user */
export function initialise(binaries, data, user) {
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data);
  chmodSync(data, 0o700); // on this folder only: initdb demands it here and fails when a parent is closed
  if (user !== undefined) chownSync(data, user.uid, user.gid);
  // --no-sync: a cluster that a power cut spoils in its first seconds is made again, see "initialised" in server.mjs.
  const args = ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--no-locale', '--no-sync'];
  const { status, stdout, stderr, error } = spawnSync(join(binaries, 'initdb'), args, {
    cwd: data,
    encoding: 'utf8',
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  if (status === 0) return;
  const why = error?.message ?? `${stderr}${stdout}`.trim();
  throw new StackError(`PostgreSQL's initdb failed (as user ${user?.name ?? 'yourself'}). It said:\n${why}`);
}

/** @param {string} adminUrl */
export async function createDatabases(adminUrl) {
  const client = await connect(adminUrl);
  try {
    for (const statement of statements(readFileSync(join(here, 'init.sql'), 'utf8'))) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** One by one, because CREATE DATABASE refuses to run with others. @param {string} sql */
export const statements = (sql) =>
  sql
    .replace(/^--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
