import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformFile } from '@swc/core';
import { eventually } from '../../../test/support/eventually.js';
import { crashPoints, FaultsRefusedError, InjectedFaultError, readFaultPlan } from './index.js';

const armed = (HALFWAY_FAULTS: string, more: NodeJS.ProcessEnv = {}) => crashPoints({ HALFWAY_FAULTS, ...more });

describe('fault plan', () => {
  it.each([
    ['a.b:kill:1', { point: 'a.b', fault: { kind: 'kill' }, hit: 1 }],
    ['a.b:kill', { point: 'a.b', fault: { kind: 'kill' }, hit: 1 }],
    ['publish.after-half:error:3', { point: 'publish.after-half', fault: { kind: 'error' }, hit: 3 }],
    ['a:stop:every', { point: 'a', fault: { kind: 'stop' }, hit: 'every' }],
    ['a:delay:250:2', { point: 'a', fault: { kind: 'delay', delayMs: 250 }, hit: 2 }],
    ['a:delay:250', { point: 'a', fault: { kind: 'delay', delayMs: 250 }, hit: 1 }],
  ])('reads %s', (text, planned) => {
    expect(readFaultPlan(text)).toEqual([planned]);
  });

  it('reads several faults', () => {
    expect(readFaultPlan('a:kill:1, b:error:2').map(({ point }) => point)).toEqual(['a', 'b']);
  });

  it.each([
    'a',
    'a:',
    'a:explode:1',
    ':kill:1',
    'A:kill:1',
    'a:kill:0',
    'a:kill:x',
    'a:kill:1:2',
    'a:delay',
    'a:delay:x:1',
    'a b:kill',
    'a:delay:0',
  ])('refuses "%s" and tells the right syntax', (text) => {
    expect(() => readFaultPlan(text)).toThrow(FaultsRefusedError);
    expect(() => readFaultPlan(text)).toThrow('publish.after-commit:kill:1');
  });
});

describe('crash points', () => {
  it.each([{}, { HALFWAY_FAULTS: '' }, { NODE_ENV: 'production' }])(
    'are absent when nothing is armed: %j',
    (environment) => {
      expect(crashPoints(environment)).toBeUndefined();
    },
  );

  it('are refused in production', () => {
    expect(() => armed('a:error:1', { NODE_ENV: 'production' })).toThrow(FaultsRefusedError);
  });

  it('fail exactly at the armed hit of the armed point', async () => {
    const reached = armed('a:error:2');
    await reached?.('b');
    await reached?.('a');
    await expect(reached?.('a')).rejects.toThrow(InjectedFaultError);
    await reached?.('a');
  });

  it('fail at every hit when asked to', async () => {
    const reached = armed('a:error:every');
    await expect(reached?.('a')).rejects.toThrow(InjectedFaultError);
    await expect(reached?.('a')).rejects.toThrow(InjectedFaultError);
  });

  it('wait', async () => {
    const start = performance.now();
    await armed('a:delay:50:1')?.('a');
    expect(performance.now() - start).toBeGreaterThanOrEqual(45);
  });
});

describe('crash points in a process of their own', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'halfway-faults-'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    for (const name of ['crash-points', 'fault-plan']) {
      const { code } = await transformFile(join(import.meta.dirname, `${name}.ts`));
      await writeFile(join(folder, `${name}.js`), code);
    }
    await writeFile(
      join(folder, 'victim.js'),
      `import { crashPoints } from './crash-points.js';
       process.on('exit', () => process.stdout.write('cleaned up '));
       await crashPoints()?.('point');
       process.stdout.write('went on');`,
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  const victim = (HALFWAY_FAULTS: string) => {
    const child = spawn(process.execPath, [join(folder, 'victim.js')], {
      env: { HALFWAY_FAULTS },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (bytes) => (output += String(bytes)));
    return { child, ended: once(child, 'close').then(([code, signal]) => ({ code, signal, output })) };
  };

  it('kill at the point, without a chance to clean up', async () => {
    expect(await victim('point:kill:1').ended).toEqual({ code: null, signal: 'SIGKILL', output: '' });
  });

  it('pass a point that is not armed', async () => {
    expect(await victim('other:kill:1').ended).toEqual({ code: 0, signal: null, output: 'went oncleaned up ' });
  });

  it('stand still until they are told to go on', async () => {
    const { child, ended } = victim('point:stop:1');
    await eventually(async () => {
      // The third field of /proc/<pid>/stat: T is stopped by a signal.
      expect((await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(' ')[2]).toBe('T');
    });
    child.kill('SIGCONT');
    expect(await ended).toEqual({ code: 0, signal: null, output: 'went oncleaned up ' });
  });
});
