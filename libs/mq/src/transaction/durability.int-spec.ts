import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { choosePorts } from '../../../../stack/ports.mjs';
import { postgresServer } from '../../../../stack/postgres/server.mjs';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { ConfigurationError } from '../mq.errors.js';
import { refuseUnsafeDatabase } from './durability.js';

describe('refuseUnsafeDatabase', () => {
  let database: TestDatabase;
  beforeAll(async () => void (database = await createDatabase()));
  afterAll(() => database.drop());

  it('accepts the stack’s PostgreSQL', async () => {
    await expect(refuseUnsafeDatabase(database.pool)).resolves.toBeUndefined();
  });

  it('refuses synchronous_commit = off, also when only this database has it', async () => {
    const { rows } = await database.owner.query<{ name: string }>('select current_database() as name');
    await database.owner.query(`alter database ${rows[0]?.name} set synchronous_commit = off`);
    const pool = new pg.Pool({ connectionString: database.url });
    await expect(refuseUnsafeDatabase(pool)).rejects.toBeInstanceOf(ConfigurationError);
    await expect(refuseUnsafeDatabase(pool)).rejects.toThrow(/synchronous_commit is off.*set it to "on"/);
    await pool.end();
  });

  it.each(['local', 'remote_write'])('accepts synchronous_commit = %s: it flushes here', async (setting) => {
    const pool = new pg.Pool({ connectionString: database.url, options: `-c synchronous_commit=${setting}` });
    await expect(refuseUnsafeDatabase(pool)).resolves.toBeUndefined();
    await pool.end();
  });

  it('refuses a server without fsync and full_page_writes, naming every problem with its fix', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'halfway-unsafe-'));
    chmodSync(folder, 0o755); // the server runs as another user when we are root
    const { ports } = await choosePorts('free', ['postgres']);
    const server = postgresServer({ folder, port: ports.postgres ?? 0, durable: false, log: () => undefined });
    try {
      await server.start();
      const pool = new pg.Pool({ connectionString: server.adminUrl });
      const error: unknown = await refuseUnsafeDatabase(pool).catch((cause: unknown) => cause);
      await pool.end();
      expect(error).toBeInstanceOf(ConfigurationError);
      for (const problem of ['fsync is off', 'full_page_writes is off', 'synchronous_commit is off']) {
        expect(String(error)).toContain(problem);
      }
      expect(String(error)).toContain('set "fsync = on" in postgresql.conf');
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
