import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { scenarios } from '../../../scenarios/stories/all.js';
import { defaultFlow, type Flow } from '../../../scenarios/support/flow.js';
import type { Entry } from '../../../scenarios/support/journal.js';
import { play } from '../../../scenarios/support/play.js';
import type { Scenario } from '../../../scenarios/support/scenario.js';
import { System } from '../../../scenarios/support/system.js';
import { Run, type RunRecord, type Step } from './domain/run.js';
import { ScenarioNotFoundError, StageBusyError } from './domain/stage.errors.js';
import { RunStore } from './persistence/run.store.js';
import { LOGGER } from './tokens.js';

const LONGEST_QUEUE = 20;
const CUT_SHORT = 'The stage stopped before the run had ended. Start it again with POST /scenarios/:name/runs.';

/** A run, and what it plays. */
interface Queued {
  readonly run: Run;
  readonly scenario: Scenario;
  readonly flow: Flow;
}

/**
 * Plays what was asked for, one after the other: scenarios kill the broker and services, so two at once would judge each
 * other's faults. Records are saved when a run is queued and when it has ended; what happens in between is in memory, and a
 * run that a crash of the stage cut short is ABANDONED at the next start.
 */
@Injectable()
export class RunQueue implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #live = new Map<string, Queued>();
  #isPlaying = false;
  #stopping = false;

  constructor(
    private readonly system: System,
    private readonly store: RunStore,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const record of await this.store.latest(LONGEST_QUEUE + 1)) {
      const run = new Run(record);
      if (run.hasEnded) continue;
      run.abandon(CUT_SHORT, new Date());
      await this.store.save(run.record);
    }
  }

  /** @throws ScenarioNotFoundError, StageBusyError */
  async add(name: string, flow: Flow = defaultFlow): Promise<RunRecord> {
    const scenario = scenarios.find((each) => each.name === name);
    if (!scenario) throw new ScenarioNotFoundError(name);
    if (this.#live.size > LONGEST_QUEUE) throw new StageBusyError(this.#live.size - 1);
    const run = Run.queue({ runId: uuidv7(), scenario: name, flow }, new Date());
    const { record } = run;
    this.#live.set(record.runId, { run, scenario, flow });
    await this.store.save(record);
    if (!this.#isPlaying) void this.#playAll();
    return record;
  }

  async find(runId: string): Promise<Run | undefined> {
    const live = this.#live.get(runId);
    if (live) return live.run;
    const record = await this.store.find(runId);
    return record && new Run(record);
  }

  /** Newest first. */
  async latest(limit: number): Promise<readonly RunRecord[]> {
    const records = await this.store.latest(limit);
    return records.map((record) => this.#live.get(record.runId)?.run.record ?? record);
  }

  /** Before HTTP closes: whoever follows a run must see its end, or the stop would wait for them. */
  async onModuleDestroy(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#live.values()].map(({ run }) => this.#abandon(run)));
  }

  /** Never fails: whatever goes wrong in a run is in its record and in the log. */
  async #playAll(): Promise<void> {
    this.#isPlaying = true;
    for (let next = this.#next(); next; next = this.#next()) {
      await this.#play(next);
      this.#live.delete(next.run.record.runId);
    }
    this.#isPlaying = false;
  }

  #next(): Queued | undefined {
    const [next] = this.#live.values();
    return this.#stopping ? undefined : next;
  }

  async #play({ run, scenario, flow }: Queued): Promise<void> {
    const { runId } = run.record;
    this.logger.info({ runId, scenario: scenario.name, flow }, 'run begins');
    run.begin(new Date());
    const unfollow = this.system.journal.follow((entry) => run.add(toStep(entry)));
    try {
      const { result, reason, durationMs, checks, timeline, audit } = await play(scenario, this.system, flow);
      if (run.hasEnded) return; // abandoned: what it found is about our stopping, not about the system
      const state = ({ holds: 'HOLDS', fails: 'FAILS', skipped: 'SKIPPED' } as const)[result];
      run.conclude({ state, reason, durationMs, checks, timeline, audit }, new Date());
      await this.store.save(run.record);
      this.logger.info({ runId, scenario: scenario.name, flow, state }, 'run has ended');
    } catch (err) {
      this.logger.error({ runId, err }, 'run could not be finished');
      run.abandon('The run could not be finished; the log of the stage tells why. Start it again.', new Date());
    } finally {
      unfollow();
    }
  }

  async #abandon(run: Run): Promise<void> {
    run.abandon(CUT_SHORT, new Date());
    await this.store.save(run.record);
  }
}

const toStep = ({ at, about: _about, ...entry }: Entry): Step => ({ at: new Date(at).toISOString(), ...entry });
