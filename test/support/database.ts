import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export interface TestDatabase {
  /** As the services connect: role `halfway_app`, which may do only what the migrations granted. */
  readonly url: string;
  /** On `url`, 10 connections, pipelined as in production. */
  readonly pool: pg.Pool;
  /** As the migrations connect: role `halfway_owner`. For tables and rows a test needs beside the product's. */
  readonly ownerUrl: string;
  readonly owner: pg.Pool;
  drop(): Promise<void>;
}

export interface DatabaseOptions {
  /** TypeORM migrations in their order, e.g. `mqMigrations`; default none. They may only use `query`. */
  readonly migrations?: readonly (new () => MigrationInterface)[];
  /** More statements of the test itself, run by the owner after the migrations. */
  readonly setup?: readonly string[];
}

/**
 * A database of its own for one spec file, cloned from a template that is migrated once per set of migrations, so that a
 * further file costs one `create database` (some 50 ms) however many migrations there are.
 */
export async function createDatabase({ migrations = [], setup = [] }: DatabaseOptions = {}): Promise<TestDatabase> {
  const adminUrl = process.env['HALFWAY_TEST_POSTGRES_URL'];
  if (!adminUrl) throw new Error('HALFWAY_TEST_POSTGRES_URL is not set. Run the tests with "npm run jest".');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const at = (database: string, user?: string): string => {
    const url = new URL(adminUrl);
    url.pathname = database;
    if (user) Object.assign(url, { username: user, password: '' });
    return url.href;
  };
  await asAdmin(adminUrl, async (admin) => {
    const template = await templateOf(admin, [...(await sqlOf(migrations)), ...setup], at);
    await admin.query(`create database ${name} template ${template} owner halfway_owner`);
    await admin.query(`grant connect on database ${name} to halfway_app`);
  });
  const url = at(name, 'halfway_app');
  const ownerUrl = at(name, 'halfway_owner');
  const pool = new pg.Pool({ connectionString: url, max: 10, pipeline: true });
  const owner = new pg.Pool({ connectionString: ownerUrl, max: 4 });
  // A backend that a test kills while it is idle is reported here; the pool has already replaced it.
  for (const each of [pool, owner]) each.on('error', () => undefined);
  return {
    url,
    pool,
    ownerUrl,
    owner,
    drop: async () => {
      await Promise.all([pool.end(), owner.end()]);
      await asAdmin(adminUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** The statements a migration runs, which also are its fingerprint: an edited migration gets a new template. */
async function sqlOf(migrations: readonly (new () => MigrationInterface)[]): Promise<string[]> {
  const statements: string[] = [];
  // The one method that our migrations use of it.
  const recorder = { query: async (sql: string) => void statements.push(sql) } as unknown as QueryRunner;
  for (const Migration of migrations) await new Migration().up(recorder);
  return statements;
}

async function templateOf(
  admin: pg.Client,
  statements: readonly string[],
  at: (database: string, user?: string) => string,
): Promise<string> {
  const name = `template_${createHash('sha256').update(JSON.stringify(statements)).digest('hex').slice(0, 24)}`;
  // Serialises all workers and runs on this cluster: one makes the template, the others find it.
  await admin.query('select pg_advisory_lock(480415)');
  for (const role of ['halfway_owner', 'halfway_app']) {
    const { rowCount } = await admin.query('select 1 from pg_roles where rolname = $1', [role]);
    if (!rowCount) await admin.query(`create role ${role} login`);
  }
  const { rowCount } = await admin.query('select 1 from pg_database where datname = $1 and datistemplate', [name]);
  if (!rowCount) {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`create database ${name} owner halfway_owner`);
    await asAdmin(at(name, 'halfway_owner'), async (owner) => {
      for (const statement of statements) await owner.query(statement);
    });
    // Last, so that a half made one is made again.
    await admin.query(`alter database ${name} is_template true`);
  }
  await admin.query('select pg_advisory_unlock(480415)');
  return name;
}

async function asAdmin<T>(url: string, work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}
