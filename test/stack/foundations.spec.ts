import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { withLock } from '../../stack/lock.mjs';
import { choosePorts, isFree } from '../../stack/ports.mjs';
import { canReach } from '../../stack/postgres/binaries.mjs';
import { needsInstall, requireNode } from '../../stack/prepare.mjs';
import { isAlive, marks, pidOf, processesOf, stopProcess } from '../../stack/processes.mjs';
import { step } from '../../stack/progress.mjs';
import { readState, writeState } from '../../stack/state.mjs';
import { tally } from '../tally.mjs';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'halfway-foundations-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('ports', () => {
  let server: Server;
  beforeEach(() => void (server = createServer()));
  afterEach(() => new Promise((resolve) => server.close(resolve)));
  const occupy = (): Promise<number> =>
    new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)));

  test('move to a free one when taken, and say so', async () => {
    const taken = await occupy();
    const { ports } = await choosePorts('free', ['postgres'], { postgres: taken });
    expect(ports.postgres).not.toBe(taken);
    expect(await isFree('postgres', ports.postgres ?? 0)).toBe(true);
  });

  test('of the broker include the neighbours that it takes as well', async () => {
    const taken = await occupy();
    expect(await isFree('broker', taken + 2)).toBe(false); // fast
    expect(await isFree('broker', taken - 1)).toBe(false); // HA
  });

  test('are never given out twice', async () => {
    const names = ['namesrv', 'broker', 'proxyGrpc', 'proxyRemoting', 'metrics', 'postgres'] as const;
    const { ports } = await choosePorts('free', [...names]);
    expect(new Set(Object.values(ports)).size).toBe(names.length);
  });
});

describe('processes', () => {
  test('are found by their marks and by nothing else', async () => {
    const start = (where: string) =>
      spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '--', ...marks(where, 'broker')], {
        stdio: 'ignore',
      });
    const ours = start(folder);
    const stranger = start(`${folder}-other`);
    try {
      while (pidOf(folder, 'broker') === undefined) await sleep(10);
      expect(processesOf(folder)).toEqual([{ pid: ours.pid, role: 'broker' }]);
    } finally {
      for (const { pid } of [ours, stranger]) await stopProcess(pid ?? 0, [['SIGKILL', 5_000]]);
    }
    expect(processesOf(folder)).toEqual([]);
  });

  test('that ignore a polite signal get the next one', async () => {
    const child = spawn(process.execPath, [
      '-e',
      'process.on("SIGTERM", () => {}); console.log(); setInterval(() => {}, 1000)',
    ]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await stopProcess(child.pid ?? 0, [
      ['SIGTERM', 200],
      ['SIGKILL', 5_000],
    ]);
    expect(isAlive(child.pid ?? 0)).toBe(false);
  });
});

describe('the lock', () => {
  const file = () => join(folder, 'lock');

  test('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withLock(file(), work)));
    expect(most).toBe(1);
    expect(existsSync(file())).toBe(false);
  });

  test.each([
    ['of a process that is gone', '999999999 1 0.5'],
    ['of a pid that is used again', `${process.pid} another-time 0.5`],
    ['that was cut off', ''],
  ])('%s is taken over', async (_, content) => {
    writeFileSync(file(), content);
    expect(await withLock(file(), async () => 'in', { waitMs: 2_000 })).toBe('in');
  });

  test('names its holder when the wait is over', async () => {
    await withLock(file(), async () => {
      await expect(withLock(file(), async () => 'in', { waitMs: 50 })).rejects.toThrow(`Process ${process.pid} holds`);
    });
  });
});

describe('preparation', () => {
  const lock = () => join(folder, 'package-lock.json');
  const npmStamp = () => join(folder, 'node_modules', '.package-lock.json');
  const minutesAgo = (path: string, minutes: number) =>
    utimesSync(path, new Date(), new Date(Date.now() - minutes * 60_000));
  const install = () => {
    mkdirSync(join(folder, 'node_modules'));
    writeFileSync(npmStamp(), '{}');
  };
  beforeEach(() => writeFileSync(lock(), '{"version":1}'));

  test('installs in a fresh clone, and after an installation that was cut off', () => {
    expect(needsInstall(folder)).toBe(true);
    mkdirSync(join(folder, 'node_modules'));
    expect(needsInstall(folder)).toBe(true);
  });

  test('accepts what somebody installed themselves', () => {
    minutesAgo(lock(), 5);
    install();
    expect(needsInstall(folder)).toBe(false);
  });

  test('installs again when the lock file has changed, not when it was only touched', () => {
    minutesAgo(lock(), 5);
    install();
    needsInstall(folder);
    minutesAgo(npmStamp(), 3);
    minutesAgo(lock(), 1);
    expect(needsInstall(folder)).toBe(false);
    writeFileSync(lock(), '{"version":2}');
    expect(needsInstall(folder)).toBe(true);
  });

  test.each(['18.20.0', '20.18.9'])('refuses Node %s and says what to install', (version) => {
    expect(() => requireNode(version)).toThrow(/20\.19 or newer/);
  });
});

describe('the test run', () => {
  const report = { numPassedTests: 3, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };
  const well = { holds: true, report };
  const failing = (what: Partial<typeof report>) => ({ holds: false, report: { ...report, ...what } });
  test.each([
    ['all is well', true, [well], [4, 0]],
    ['there are two runs', true, [well, well], [7, 0]],
    ['a test fails', true, [well, failing({ numFailedTests: 1 })], [7, 1]],
    ['a suite does not load', true, [failing({ numRuntimeErrorTestSuites: 1 })], [4, 1]],
    ['the types do not hold', false, [well], [3, 1]],
    ['jest crashes', true, [well, { holds: false }], [4, 1]],
    ['a tear-down fails', true, [failing({})], [4, 1]],
    ['there is no test', true, [{ holds: true, report: { ...report, numPassedTests: 0 } }], [1, 1]],
  ])('counts when %s', (_, typesHold, runs, [passed, failed]) => {
    expect(tally({ typesHold, runs })).toMatchObject({ passed, failed });
  });
});

describe('the rest', () => {
  test('a state file that a crash cut counts as none', () => {
    writeFileSync(join(folder, 'state.json'), '{"prof');
    expect(readState(folder)).toBeUndefined();
    const state = { profile: 'test', durable: true, external: {}, ports: {} as never };
    writeState(folder, state);
    expect(readState(folder)).toEqual(state);
    expect(JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'))).toEqual(state);
  });

  test('PostgreSQL’s user cannot reach into a closed folder', () => {
    const inside = join(folder, 'inside');
    mkdirSync(inside, { mode: 0o755 });
    const nobody = { uid: 65_534, gid: 65_534, name: 'nobody' };
    chmodSync(folder, 0o755);
    expect(canReach(inside, nobody)).toBe(true);
    chmodSync(folder, 0o700);
    expect(canReach(inside, nobody)).toBe(false);
    expect(canReach(inside, undefined)).toBe(true);
  });

  test('a step is shown only when it takes longer than a second', async () => {
    const lines: string[] = [];
    await step(
      (line) => lines.push(line),
      'Short',
      () => sleep(10),
    );
    expect(lines).toEqual([]);
    await step(
      (line) => lines.push(line),
      'Long',
      () => sleep(1_200),
    );
    expect(lines).toEqual([expect.stringMatching(/^Long … 1\.\d s$/), expect.stringMatching(/^Long: 1\.\d s$/)]);
  });
});
