import { setTimeout as pause } from 'node:timers/promises';
import type { Journal } from '../support/journal.js';
import type { Stack } from '../support/stack.js';
import { freeze, thaw } from './freeze.js';

/** What can happen to RocketMQ: broker and proxy, one process. Whatever it was, `heal` ends it. */
export class BrokerFaults {
  constructor(
    private readonly stack: Stack,
    private readonly journal: Journal,
  ) {}

  /** kill -9. What it stored is in the page cache and survives. */
  async kill(): Promise<void> {
    await this.stack.rocketmq.kill('SIGKILL');
    this.#tell('broker is killed', 'fault');
  }

  /** On the same ports and the same store; returns when clients can work. */
  async start(): Promise<void> {
    this.#tell('broker is being started', 'repair');
    await this.stack.rocketmq.start();
    this.#tell('broker is up', 'repair');
  }

  async downFor(ms: number): Promise<void> {
    await this.kill();
    await pause(ms);
    await this.start();
  }

  /** Stands still with all its connections: only timeouts tell. */
  async freeze(): Promise<void> {
    const { broker } = this.stack.pids;
    if (broker === undefined) throw new Error('The broker does not run, so it cannot stand still.');
    await freeze(broker);
    this.#tell('broker stands still', 'fault');
  }

  thaw(): void {
    const { broker } = this.stack.pids;
    if (broker === undefined) return;
    thaw(broker);
    this.#tell('broker goes on', 'repair');
  }

  /** kill -9, and its disk is gone with every message and offset on it. `start` makes topics and groups again. */
  async loseEverything(): Promise<void> {
    await this.stack.rocketmq.lose();
    this.#tell('broker is killed, all its data is lost', 'fault');
  }

  /** While it runs; clients notice within a minute. Fewer queues only while the others are empty: nobody reads those any more. */
  async setQueues(topic: string, queues: number): Promise<void> {
    await this.stack.rocketmq.setQueues(topic, queues);
    this.#tell(`topic ${topic} has ${queues} queues`, 'repair');
  }

  /** Runs and answers, whatever was done to it. */
  async heal(): Promise<void> {
    this.thaw();
    await this.stack.rocketmq.start();
  }

  #tell(what: string, tone: 'fault' | 'repair'): void {
    this.journal.write({ who: 'demo', what, tone });
  }
}
