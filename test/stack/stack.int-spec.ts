import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { doctor } from '../../stack/doctor/index.mjs';
import { attachStack, startStack } from '../../stack/index.mjs';
import { dataFolder, root } from '../../stack/paths.mjs';
import { isFree } from '../../stack/ports.mjs';
import { connect } from '../../stack/postgres/client.mjs';
import { processesOf } from '../../stack/processes.mjs';
import { queryRoute } from '../../stack/rocketmq/probe.mjs';

// One stack of its own for the whole story, because killing the one of the other tests would be rude. Its owner is a process
// that can be killed as well; the tests build on each other.

const folder = join(dataFolder, `test-story-${process.pid}`);
const log = (): void => {};
let owner: ChildProcess;
let stack: Awaited<ReturnType<typeof attachStack>>;

beforeAll(async () => {
  const program = `
    const { startStack } = await import('./stack/index.mjs');
    await startStack({ profile: 'test', folder: process.argv[1], durable: true });
    console.log('up');
    setInterval(() => {}, 1000);`;
  owner = spawn(process.execPath, ['--input-type=module', '-e', program, folder], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    owner.stdout?.once('data', () => resolve());
    owner.once('exit', (code) => reject(new Error(`The owner ended with ${code}`)));
  });
  stack = await attachStack({ folder, log });
}, 120_000);

afterAll(async () => {
  owner.kill('SIGKILL');
  if (existsSync(folder)) await stack.stop({ discard: true });
});

test('has routes of the right type for the provisioned topics', async () => {
  const route = await queryRoute(stack.rocketmqEndpoint, 'order-events-tx');
  expect(route).toMatchObject({ ok: true, types: ['TRANSACTION'], addresses: [stack.rocketmqEndpoint] });
  expect(await queryRoute(stack.rocketmqEndpoint, 'no-such-topic')).toMatchObject({ ok: false, code: 40402 });
});

test('keeps what the broker unpacks in its own folder', () => {
  expect(readdirSync(join(folder, 'rocketmq', 'tmp', 'broker'))).toContainEqual(expect.stringMatching(/librocksdb/));
});

test('gives the services a role without DDL', async () => {
  const app = await connect(stack.orderDatabaseUrl);
  const owning = await connect(stack.orderOwnerUrl);
  try {
    await expect(app.query('create table t (id int)')).rejects.toThrow(/permission denied/);
    await expect(app.query('create temporary table t (id int)')).rejects.toThrow(/permission denied/);
    await owning.query('create table kept (id int); insert into kept values (1)');
  } finally {
    await app.end();
    await owning.end();
  }
});

test('is found in good health by the doctor', async () => {
  const lines: string[] = [];
  expect(await doctor({ folder, log: (line) => lines.push(line) })).toBe(0);
  expect(lines.filter((line) => line.startsWith('ok'))).toEqual(
    expect.arrayContaining([
      expect.stringContaining('topic order-timeouts is DELAY'),
      expect.stringContaining('group inventory is ordered'),
      expect.stringContaining('PostgreSQL (inventory) keeps'),
    ]),
  );
});

test('is left alone by a second start', async () => {
  const before = stack.pids;
  await startStack({ profile: 'test', folder, throwAway: false, log });
  expect(stack.pids).toEqual(before);
});

test('is mended after its processes were killed: same ports, nothing lost', async () => {
  const { namesrv, broker } = stack.pids;
  await Promise.all([stack.rocketmq.kill('SIGKILL'), stack.postgres.kill('SIGKILL')]);
  expect(await stack.isHealthy()).toBe(false);
  await Promise.all([stack.rocketmq.start(), stack.postgres.start()]);
  expect(await stack.isHealthy()).toBe(true);
  expect(stack.pids['namesrv']).toBe(namesrv);
  expect(stack.pids['broker']).not.toBe(broker);
  const client = await connect(stack.orderOwnerUrl);
  try {
    expect((await client.query('select id from kept')).rows).toEqual([{ id: 1 }]);
  } finally {
    await client.end();
  }
}, 90_000);

test('goes when its owner is killed, and leaves neither process nor port nor file', async () => {
  const { broker, proxyGrpc, postgres } = stack.ports;
  owner.kill('SIGKILL');
  for (let i = 0; i < 300 && (processesOf(folder).length > 0 || existsSync(folder)); i++) await sleep(100);
  expect(processesOf(folder)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  expect(
    await Promise.all([isFree('broker', broker), isFree('proxyGrpc', proxyGrpc), isFree('postgres', postgres)]),
  ).toEqual([true, true, true]);
});
