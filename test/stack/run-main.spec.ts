import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { isAlive, stopProcess } from '../../stack/processes.mjs';

const runMain = new URL('../../stack/run-main.mjs', import.meta.url).href;
/** A command that runs until it is told to stop. */
const command = (work: string): string[] => [
  '--input-type=module',
  '-e',
  `import { runMain } from '${runMain}';
   process.on('SIGTERM', () => { process.stderr.write('in order'); process.exit(0); });
   setInterval(() => {}, 1_000);
   await runMain(() => { ${work} });`,
];

test('a command ends in order when the shell between npm and it is gone', async () => {
  const quoted = [process.execPath, ...command('console.log(process.pid)')].map((arg) => `"${arg}"`).join(' ');
  const shell = spawn('sh', ['-c', `${quoted}; true`], { env: { ...process.env, npm_lifecycle_event: 'demo' } });
  let said = '';
  shell.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [line] = (await once(createInterface(shell.stdout), 'line')) as [string];
  const pid = Number(line);
  const ended = once(shell.stderr, 'close');
  try {
    shell.kill('SIGTERM');
    await ended;
    expect(said).toBe('in order');
    expect(isAlive(pid)).toBe(false);
  } finally {
    await stopProcess(pid, [['SIGKILL', 5_000]]);
  }
});

test('a command ends in order when nobody reads on, as in "| head"', async () => {
  const child = spawn(process.execPath, command(`setInterval(() => console.log('a line'), 10)`));
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await once(child, 'close');
  expect(said).toBe('in order');
});

test('a command ends as soon as nothing is left to do, with its exit code and after whoever waits for that', async () => {
  const work = `
    process.once('beforeExit', () => setTimeout(() => console.log('torn down'), 1));
    process.on('exit', (code) => console.log('ended with', code));
    await runMain(() => { setTimeout(() => (process.exitCode = 3), 20); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', `import { runMain } from '${runMain}'; ${work}`]);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  expect([code, said]).toEqual([3, 'ended with 3\n']);
});
