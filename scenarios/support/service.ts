import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { HttpClient } from './http.js';
import type { Journal } from './journal.js';
import { LogFile } from './log-file.js';
import { root } from './stack.js';
import { GiveUpError, until } from './until.js';

export type Environment = Readonly<Record<string, string>>;

export interface ServiceOptions {
  readonly name: 'order' | 'inventory';
  readonly port: number;
  /** Of the instance; its processes carry it as a mark, so that the stack's guard finds what a killed owner left. */
  readonly folder: string;
  readonly environment: Environment;
  readonly journal: Journal;
}

const readyWithinMs = 60_000;
/** A service that is told to stop ends within 20 s, whatever still hangs (docs/runbook.md, Deploying). */
const stopWithinMs = 22_000;

/**
 * One of our services as a process of its own. States: stopped → starting → ready → (killed | stopping) → stopped.
 * It runs in its own session, so Ctrl-C in the terminal reaches only us and we can stop it in order. An end nobody asked
 * for is remembered and fails whoever waits for the service.
 */
export class Service {
  readonly name: 'order' | 'inventory';
  readonly url: string;
  readonly log: LogFile;
  readonly #options: ServiceOptions;
  readonly #health: HttpClient;
  #child: ChildProcess | undefined;
  #extra: Environment = {};
  #endIsExpected = false;
  #surprise: string | undefined;
  #retired = false;

  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.url = `http://127.0.0.1:${options.port}`;
    this.log = new LogFile(join(options.folder, `${options.name}.log`));
    this.#options = options;
    this.#health = new HttpClient(this.url, { maxSockets: 1 });
  }

  get pid(): number | undefined {
    return this.isRunning ? this.#child?.pid : undefined;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended although nobody asked it to, if it did. */
  get surprise(): string | undefined {
    return this.#surprise;
  }

  /** Starts it with `extra` on top of its environment and waits until it serves requests and messages. */
  async start(extra: Environment = {}): Promise<void> {
    if (this.#retired)
      throw new GiveUpError(`The ${this.name} service is not started again: everything is being stopped.`);
    const { name, folder, environment, port, journal } = this.#options;
    const output = openSync(this.log.path, 'a');
    const marks = [`halfway.instance=${folder}`, `halfway.role=${name}`];
    const main = join(root, 'dist', 'apps', name, 'src', 'main.js');
    const portVariable = `${name.toUpperCase()}_PORT`;
    const child = spawn(process.execPath, ['--enable-source-maps', main, ...marks], {
      cwd: root,
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...process.env, NODE_ENV: 'development', ...environment, [portVariable]: String(port), ...extra },
    });
    closeSync(output);
    child.unref();
    this.#child = child;
    this.#extra = extra;
    this.#endIsExpected = false;
    this.#surprise = undefined;
    child.once('error', (error) => (this.#surprise = `could not be started: ${error.message}`));
    child.once('exit', (code, signal) => {
      if (this.#child === child && !this.#endIsExpected) {
        this.#surprise = `ended by itself with ${signal ?? `code ${code}`}`;
        journal.write({ who: 'demo', what: `${name} service ${this.#surprise}`, tone: 'fault' });
      }
    });
    await this.untilReady();
    const settings = Object.entries(extra).map(([key, value]) => `${key}=${value}`);
    journal.write({ who: 'demo', what: `${name} service is up`, detail: settings.join(' '), tone: 'repair' });
  }

  untilReady(withinMs = readyWithinMs): Promise<unknown> {
    const look = () => {
      this.assertAlive();
      return this.#health.send({ method: 'GET', path: '/health/ready', timeoutMs: 2_000 });
    };
    return until(`the ${this.name} service is ready`, look, ({ status }) => status === 200, { withinMs, everyMs: 50 });
  }

  /** @throws GiveUpError with the end of its log, when it is gone although nobody asked it to go. */
  assertAlive(): void {
    if (this.#surprise === undefined) return;
    throw new GiveUpError(`The ${this.name} service ${this.#surprise}. Its log ends with:\n${this.log.tail()}`);
  }

  /** From now on its end is part of the story, e.g. because a fault is armed. */
  expectEnd(): void {
    this.#endIsExpected = true;
  }

  /** After `expectEnd`. */
  async untilEnded(withinMs = 15_000): Promise<void> {
    await until(
      `the ${this.name} service has ended`,
      () => this.isRunning,
      (running) => !running,
      { withinMs },
    );
    const how = this.#child?.signalCode ?? `code ${this.#child?.exitCode}`;
    this.#options.journal.write({ who: 'demo', what: `${this.name} service is gone`, detail: how, tone: 'fault' });
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return;
    this.#endIsExpected = true;
    this.#child?.kill(signal);
    await this.untilEnded();
  }

  /** In order: it drains and ends by itself; bounded. Says whether it had to be killed. */
  async stop(): Promise<'stopped' | 'killed'> {
    if (!this.isRunning) return 'stopped';
    this.#endIsExpected = true;
    this.#child?.kill('SIGTERM');
    const gone = () => !this.isRunning;
    try {
      await until(`the ${this.name} service has stopped`, gone, Boolean, { withinMs: stopWithinMs });
      return 'stopped';
    } catch {
      // Not an error of the caller: whoever stops wants it gone, and is told how it went.
      this.#child?.kill('SIGKILL');
      await until(`the ${this.name} service is gone`, gone, Boolean, { withinMs: 5_000 });
      return 'killed';
    }
  }

  /** Stops it for good: a scenario that is still at work while everything is being stopped must not start it again. */
  async retire(): Promise<void> {
    this.#retired = true;
    await this.stop();
    this.#health.close();
  }

  async restart(extra: Environment = {}): Promise<void> {
    await this.stop();
    await this.start(extra);
  }

  /** Runs, and with exactly these settings on top of its environment; restarted only when needed. */
  async ensure(extra: Environment = {}): Promise<void> {
    const same = isDeepStrictEqual(extra, this.#extra);
    if (this.isRunning && same) return;
    await this.restart(extra);
  }
}
