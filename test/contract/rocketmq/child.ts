import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { transformFile } from '@swc/core';
import { dataFolder, root } from '../../../stack/paths.mjs';

export interface Child {
  readonly process: ChildProcess;
  /** Lines it printed so far. */
  readonly lines: readonly string[];
  /** Exit code and the milliseconds since it printed `last` (any line by default). */
  readonly ended: Promise<{ readonly code: number | null; readonly msAfterLastLine: number }>;
}

const LIBRARY = 'libs/mq/src';

/** Paths from the repository's root. */
const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);

/**
 * Runs a program against the RocketMQ client in a process of its own, which may be killed and has to end by itself. Node cannot run our
 * TypeScript, so the library is compiled once per spec file, into the ignored folder, where packages still resolve.
 */
export class Children {
  readonly #folder = join(dataFolder, `child-${process.pid}`);
  /** Where the program lies: beside the library's index. The folders below are those of the repository, so that imports hold. */
  readonly #home = join(this.#folder, LIBRARY);
  readonly #running = new Set<ChildProcess>();
  #compiled: Promise<void> | undefined;

  /** @param what `rocketmq` (default): that folder and the errors, which stand alone. `all`: the whole library. */
  constructor(private readonly what: 'rocketmq' | 'all' = 'rocketmq') {}

  /** @param program ES module text that finds RocketConsumer, RocketProducer, describeTopic, `connection` and `log` */
  async run(program: string): Promise<Child> {
    await (this.#compiled ??= this.#compile());
    const file = join(this.#home, `program-${this.#running.size}.mjs`);
    const prelude = `import { RocketConsumer } from './rocketmq/rocketmq-consumer.js';
import { RocketProducer } from './rocketmq/rocketmq-producer.js';
import { describeTopic } from './rocketmq/topology-check.js';
const connection = { endpoint: process.env.ROCKETMQ_ENDPOINT };
const log = { debug() {}, info() {}, warn() {}, error() {} };\n`;
    writeFileSync(file, prelude + program);
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#running.add(child);
    const lines: string[] = [];
    let lastLineAt = performance.now();
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      lastLineAt = performance.now();
    });
    const ended = new Promise<{ code: number | null; msAfterLastLine: number }>((resolve) =>
      child.once('exit', (code) => resolve({ code, msAfterLastLine: performance.now() - lastLineAt })),
    );
    return { process: child, lines, ended };
  }

  /** Kills what still runs and removes what was compiled. */
  async clear(): Promise<void> {
    for (const child of this.#running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
    this.#running.clear();
    rmSync(this.#folder, { recursive: true, force: true });
    this.#compiled = undefined;
  }

  async #compile(): Promise<void> {
    const wanted =
      this.what === 'all'
        ? [...filesIn(LIBRARY), ...filesIn('test/support')]
        : [`${LIBRARY}/mq.errors.ts`, ...filesIn(`${LIBRARY}/rocketmq`)];
    for (const name of wanted.filter((each) => each.endsWith('.ts') && !each.endsWith('spec.ts'))) {
      const { code } = await transformFile(join(root, name));
      const target = join(this.#folder, name.replace(/[.]ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, code);
    }
    writeFileSync(join(this.#folder, 'package.json'), '{ "type": "module" }');
  }
}
