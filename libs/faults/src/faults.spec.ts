import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformFile } from '@swc/core';
import { eventually } from '../../../test/support/eventually.js';
import { faultsFrom, FaultsRefusedError, InjectedFaultError, readFaultPlan } from './index.js';

const enabled = (HALFWAY_FAULTS: string, more: NodeJS.ProcessEnv = {}) => {
  const faults = faultsFrom({ HALFWAY_FAULTS, ...more });
  if (!faults) throw new Error('Faults should be enabled.');
  return faults;
};
const armed = (plan: string) => enabled(plan).reached;

describe('fault plan', () => {
  it.each([
    ['a.b:kill:1', { point: 'a.b', kind: 'kill', hit: 1 }],
    ['a.b:kill', { point: 'a.b', kind: 'kill', hit: 1 }],
    ['publish.after-half:error:3', { point: 'publish.after-half', kind: 'error', hit: 3 }],
    ['a:stop:every', { point: 'a', kind: 'stop', hit: 'every' }],
    ['a:delay:250:2', { point: 'a', kind: 'delay', delayMs: 250, hit: 2 }],
    ['a:delay:250', { point: 'a', kind: 'delay', delayMs: 250, hit: 1 }],
    ['a.b@order.paid:kill:2', { point: 'a.b', what: 'order.paid', kind: 'kill', hit: 2 }],
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
    'a@:kill',
    'a@B:kill',
    'a@b@c:kill',
    '@b:kill',
    'on,a:kill',
  ])('refuses "%s" and tells the right syntax', (text) => {
    expect(() => readFaultPlan(text)).toThrow(FaultsRefusedError);
    expect(() => readFaultPlan(text)).toThrow('publish.after-commit:kill:1');
  });
});

describe('faults', () => {
  it.each([{}, { HALFWAY_FAULTS: '' }, { HALFWAY_FAULTS: ' ' }, { NODE_ENV: 'production' }])(
    'are absent when they are not enabled: %j',
    (environment) => {
      expect(faultsFrom(environment)).toBeUndefined();
    },
  );

  it.each(['a:error:1', 'on'])('are refused in production: %s', (HALFWAY_FAULTS) => {
    expect(() => faultsFrom({ HALFWAY_FAULTS, NODE_ENV: 'production' })).toThrow(FaultsRefusedError);
  });

  it('happen exactly at the armed hit of the armed point', async () => {
    const reached = armed('a:error:2');
    await reached('b');
    await reached('a');
    await expect(reached('a')).rejects.toThrow(InjectedFaultError);
    await reached('a');
  });

  it('happen at every hit when asked to', async () => {
    const reached = armed('a:error:every');
    await expect(reached('a')).rejects.toThrow(InjectedFaultError);
    await expect(reached('a')).rejects.toThrow(InjectedFaultError);
  });

  it('count hits of one event type apart when the plan names it', async () => {
    const reached = armed('a@order.paid:error:2');
    await reached('a', 'order.paid');
    await reached('a', 'order.placed');
    await reached('a');
    await expect(reached('a', 'order.paid')).rejects.toThrow(InjectedFaultError);
  });

  it('find a type in a batch of several, once', async () => {
    const faults = enabled('a@order.paid:error:2');
    await faults.reached('a', ['order.placed', 'order.paid', 'order.paid']);
    await expect(faults.reached('a', ['order.paid', 'order.placed'])).rejects.toThrow(InjectedFaultError);
    expect(faults.state().hits).toEqual({ a: 2, 'a@order.placed': 2, 'a@order.paid': 2 });
  });

  it('wait', async () => {
    const start = performance.now();
    await armed('a:delay:50:1')('a');
    expect(performance.now() - start).toBeGreaterThanOrEqual(45);
  });
});

describe('faults armed at run time', () => {
  it('start with nothing armed, and count what is reached', async () => {
    const faults = enabled('on');
    await faults.reached('a', 'order.paid');
    await faults.reached('a');
    expect(faults.state()).toEqual({ armed: [], hits: { a: 2, 'a@order.paid': 1 }, fired: [] });
  });

  it('replace the plan and count from zero', async () => {
    const faults = enabled('a:error:1');
    await faults.reached('b');
    faults.arm('b@order.paid:error:1');
    expect(faults.state()).toEqual({
      armed: [{ point: 'b', what: 'order.paid', kind: 'error', hit: 1 }],
      hits: {},
      fired: [],
    });
    await faults.reached('a');
    await expect(faults.reached('b', 'order.paid')).rejects.toThrow(InjectedFaultError);
    const { fired } = faults.state();
    const at: unknown = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(fired).toEqual([{ point: 'b', what: 'order.paid', kind: 'error', hit: 1, at }]);
  });

  it('keep the old plan when the new one is wrong', async () => {
    const faults = enabled('a:error:1');
    expect(() => faults.arm('a:explode:1')).toThrow('The plan has "a:explode:1". Write');
    await expect(faults.reached('a')).rejects.toThrow(InjectedFaultError);
  });

  it('stop happening when disarmed, and can still be read', async () => {
    const faults = enabled('a:error:every');
    await expect(faults.reached('a')).rejects.toThrow(InjectedFaultError);
    faults.disarm();
    await faults.reached('a');
    expect(faults.state()).toMatchObject({ armed: [], hits: { a: 2 }, fired: [{ point: 'a', kind: 'error', hit: 1 }] });
  });

  it('take no more memory the longer they run', async () => {
    const faults = enabled('a:error:every');
    for (let i = 0; i < 1_500; i++) {
      await faults.reached('named-by-an-id', `order-${i}`);
      await expect(faults.reached('a')).rejects.toThrow(InjectedFaultError);
    }
    const { hits, fired } = faults.state();
    expect(Object.keys(hits)).toHaveLength(1_000);
    expect(fired.map(({ hit }) => hit)).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 501));
  });
});

describe('crash points in a process of their own', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'halfway-faults-'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    for (const name of ['faults', 'fault-plan']) {
      const { code } = await transformFile(join(import.meta.dirname, `${name}.ts`));
      await writeFile(join(folder, `${name}.js`), code);
    }
    await writeFile(
      join(folder, 'victim.js'),
      `import { faultsFrom } from './faults.js';
       process.on('exit', () => process.stdout.write('cleaned up '));
       await faultsFrom()?.reached('point');
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
