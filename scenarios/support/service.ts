import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { FaultAdmin } from '../faults/fault-admin.js';
import { freeze, standsStill, thaw } from '../faults/freeze.js';
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
  /** Where everything is. */
  readonly environment: Environment;
  /** What `configure` changes. */
  readonly settings: Environment;
  readonly journal: Journal;
  /** Where its compiled code is; default `dist`. */
  readonly dist?: string;
  /** Crash points can be armed while it runs. */
  readonly admin?: { readonly port: number; readonly token: string };
}

/** What cannot be said with a variable. */
export interface StartOptions {
  /** Its wall clock is ahead by this much, or behind when negative. */
  readonly clockShiftMs?: number;
}

const readyWithinMs = 60_000;
/** A service that is told to stop ends within 20 s, whatever still hangs (docs/runbook.md, Deploying). */
const stopWithinMs = 22_000;
/** Plain JavaScript beside the sources, as Node loads it before anything else. */
const clockShift = pathToFileURL(join(root, 'scenarios', 'faults', 'clock-shift.mjs')).href;

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
  #settings: Environment;
  #extra: Environment = {};
  #how: StartOptions = {};
  #endIsExpected = false;
  #supervisor: ((how: string) => void) | undefined;
  readonly #faults: FaultAdmin | undefined;
  #surprise: string | undefined;
  #retired = false;

  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.url = `http://127.0.0.1:${options.port}`;
    this.log = new LogFile(join(options.folder, `${options.name}.log`));
    this.#options = options;
    this.#settings = options.settings;
    this.#health = new HttpClient(this.url, { maxSockets: 1 });
    this.#faults = options.admin && new FaultAdmin(options.admin.port, options.admin.token);
  }

  /** Its crash points. */
  get faults(): FaultAdmin {
    if (!this.#faults) throw new Error('Crash points are off. Start the system with { faults: true }.');
    return this.#faults;
  }

  /** What an earlier story armed must not spring in the next. */
  async disarm(): Promise<void> {
    await this.#faults?.disarm();
  }

  get pid(): number | undefined {
    return this.isRunning ? this.#child?.pid : undefined;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The signal or the code that its last process ended with; undefined while it runs. */
  get endedWith(): string | undefined {
    if (!this.#child || this.isRunning) return undefined;
    return this.#child.signalCode ?? `code ${this.#child.exitCode}`;
  }

  /**
   * A second process of this service, as a bigger deployment has it, with the same settings and without crash points. It
   * shares nothing with the first but databases and broker; whoever asked for it starts and retires it.
   * @param dist where its compiled code is, for another version
   */
  twin(port: number, dist = this.#options.dist): Service {
    return new Service({ ...this.#options, settings: this.#settings, port, admin: undefined, dist });
  }

  /** How it ended although nobody asked it to, if it did. */
  get surprise(): string | undefined {
    return this.#surprise;
  }

  /** Starts it with `extra` on top of its environment and waits until it serves requests and messages. */
  async start(extra: Environment = {}, how: StartOptions = {}): Promise<void> {
    this.launch(extra, how);
    await this.untilReady();
    const settings = Object.entries(extra).map(([key, value]) => `${key}=${value}`);
    if (how.clockShiftMs) settings.push(`clock ${how.clockShiftMs > 0 ? '+' : ''}${how.clockShiftMs} ms`);
    const { journal } = this.#options;
    journal.write({ who: 'demo', what: `${this.name} service is up`, detail: settings.join(' '), tone: 'repair' });
  }

  /** Starts it and does not wait. Default: as it was started before. */
  launch(extra = this.#extra, how = this.#how): void {
    if (this.#retired)
      throw new GiveUpError(`The ${this.name} service is not started again: everything is being stopped.`);
    const { name, folder, dist = 'dist' } = this.#options;
    const output = openSync(this.log.path, 'a');
    const marks = [`halfway.instance=${folder}`, `halfway.role=${name}`];
    const main = resolve(root, dist, 'apps', name, 'src', 'main.js');
    const preload = how.clockShiftMs ? ['--import', clockShift] : [];
    const child = spawn(process.execPath, ['--enable-source-maps', ...preload, main, ...marks], {
      cwd: root,
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...process.env, NODE_ENV: 'development', ...this.#environment(how), ...extra },
    });
    closeSync(output);
    child.unref();
    this.#child = child;
    this.#extra = extra;
    this.#how = how;
    this.#endIsExpected = false;
    this.#surprise = undefined;
    child.once('error', (error) => (this.#surprise = `could not be started: ${error.message}`));
    child.once('exit', (code, signal) => this.#ended(child, signal ?? `code ${code}`));
  }

  #environment({ clockShiftMs }: StartOptions): Environment {
    const { name, port, environment, admin } = this.#options;
    const prefix = name.toUpperCase();
    return {
      ...environment,
      ...this.#settings,
      [`${prefix}_PORT`]: String(port),
      ...(admin && {
        HALFWAY_FAULTS: 'on',
        [`${prefix}_ADMIN_PORT`]: String(admin.port),
        HALFWAY_ADMIN_TOKEN: admin.token,
      }),
      ...(clockShiftMs && { HALFWAY_CLOCK_SHIFT_MS: String(clockShiftMs) }),
    };
  }

  #ended(child: ChildProcess, how: string): void {
    if (this.#child !== child || this.#endIsExpected) return;
    const what = `ended by itself with ${how}`;
    if (!this.#supervisor) this.#surprise = what;
    this.#options.journal.write({ who: 'demo', what: `${this.name} service ${what}`, tone: 'fault' });
    this.#supervisor?.(how);
  }

  /** From now on somebody else is told of an end that nobody asked for, and it fails nobody. @returns what ends that */
  superviseBy(supervisor: (how: string) => void): () => void {
    this.#supervisor = supervisor;
    return () => {
      if (this.#supervisor === supervisor) this.#supervisor = undefined;
    };
  }

  untilReady(withinMs = readyWithinMs): Promise<unknown> {
    const look = () => {
      this.assertAlive();
      return this.#health.send({ method: 'GET', path: '/health/ready', timeoutMs: 2_000 });
    };
    return until(`the ${this.name} service is ready`, look, ({ status }) => status === 200, { withinMs, everyMs: 50 });
  }

  /** It answers, whatever it thinks of the broker and its database. */
  untilLive(withinMs = readyWithinMs): Promise<unknown> {
    const look = () => this.#health.send({ method: 'GET', path: '/health/live', timeoutMs: 2_000 });
    return until(`the ${this.name} service answers`, look, ({ status }) => status === 200, { withinMs, everyMs: 50 });
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

  /** Stands still as it is, with its connections and its locks, until `thaw`. Returns when it really does. */
  async freeze(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) throw new Error(`The ${this.name} service does not run, so it cannot stand still.`);
    await freeze(pid);
    this.#options.journal.write({ who: 'demo', what: `${this.name} service stands still`, tone: 'fault' });
  }

  /** After a freeze, or after an armed `stop`. */
  thaw(): void {
    if (this.pid === undefined) return;
    thaw(this.pid);
    this.#options.journal.write({ who: 'demo', what: `${this.name} service goes on`, tone: 'repair' });
  }

  /** Until it stands still by itself: an armed `stop` was reached. */
  untilFrozen(withinMs = 15_000): Promise<unknown> {
    const look = () => {
      this.assertAlive();
      return this.pid !== undefined && standsStill(this.pid);
    };
    return until(`the ${this.name} service stands still`, look, Boolean, { withinMs });
  }

  /** In order: it drains and ends by itself; bounded. Says whether it had to be killed. */
  async stop(): Promise<'stopped' | 'killed'> {
    if (!this.isRunning) return 'stopped';
    this.#endIsExpected = true;
    this.#child?.kill('SIGTERM');
    this.#child?.kill('SIGCONT'); // one that stands still would not hear of it
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
    this.#faults?.close();
  }

  async restart(extra: Environment = {}, how: StartOptions = {}): Promise<void> {
    await this.stop();
    await this.start(extra, how);
  }

  /** Other settings than it was made with, from now on and in every later start. */
  async configure(settings: Environment): Promise<void> {
    this.#settings = settings;
    await this.restart();
  }

  /** Runs, and with exactly these settings on top of its environment; restarted only when needed. */
  async ensure(extra: Environment = {}): Promise<void> {
    const same = isDeepStrictEqual(extra, this.#extra) && this.#how.clockShiftMs === undefined;
    if (this.isRunning && same) return;
    await this.restart(extra);
  }
}
