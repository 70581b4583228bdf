import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { EnvironmentError } from './environment.js';
import { runMigrations } from './run-migrations.js';

let said: string[];

beforeEach(() => {
  said = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});

afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

const ofNoDatabase = (url: () => string) =>
  runMigrations({
    name: 'order',
    variable: 'ORDER_MIGRATION_DATABASE_URL',
    url,
    lock: 1,
    dataSource: () => Promise.reject(new Error('loaded too early')),
  });

it('reports a wrong URL with the remedy, without a stack trace', async () => {
  await ofNoDatabase(() => {
    throw new EnvironmentError([{ variable: 'ORDER_MIGRATION_DATABASE_URL', text: 'is no URL. Correct it.' }]);
  });
  expect(said.join('')).toMatch(/^Cannot migrate the order database: .*ORDER_MIGRATION_DATABASE_URL.* is no URL/s);
  expect(said.join('')).not.toContain('    at ');
  expect(process.exitCode).toBe(1);
});

it('reports a database that does not answer before it loads any table', async () => {
  await ofNoDatabase(() => 'postgres://nobody@127.0.0.1:1/none');
  expect(said).toEqual([
    'Cannot migrate the order database: connect ECONNREFUSED 127.0.0.1:1. Check ORDER_MIGRATION_DATABASE_URL ' +
      '(its role must own the database) and "npm run stack -- status".\n',
  ]);
  expect(process.exitCode).toBe(1);
});
