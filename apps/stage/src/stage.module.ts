import { HealthModule, provideProblems } from '@halfway/service';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { System } from '../../../scenarios/support/system.js';
import { ListScenariosController } from './list-scenarios/list-scenarios.controller.js';
import { OnlyLocal } from './only-local.guard.js';
import { RunStore } from './persistence/run.store.js';
import { PlayScenarioController } from './play-scenario/play-scenario.controller.js';
import { RunQueue } from './run-queue.js';
import { ShowPageController } from './show-page/show-page.controller.js';
import { LOGGER } from './tokens.js';
import { ViewAuditController } from './view-audit/view-audit.controller.js';
import { ViewRunController } from './view-run/view-run.controller.js';

const SERVES = [
  ListScenariosController, //  GET  /scenarios
  PlayScenarioController, //   POST /scenarios/:name/runs
  ViewRunController, //        GET  /runs/:runId, GET /runs
  ViewAuditController, //      GET  /audit
  ShowPageController, //       GET  /
];

const PROBLEMS = {
  SCENARIO_NOT_FOUND: 404,
  RUN_NOT_FOUND: 404,
  FOREIGN_REQUEST: 403,
  STAGE_BUSY: { status: 503, retryAfterSeconds: 30 },
  NOT_QUIET: { status: 409, retryAfterSeconds: 5 },
};

export interface StageOptions {
  readonly system: System;
  /** Where runs are kept. */
  readonly runsFolder: string;
  readonly logger: Logger;
  /** Default prom-client's global one. */
  readonly registry?: Registry;
}

@Module({})
export class StageModule {
  static with({ system, runsFolder, logger, registry }: StageOptions): DynamicModule {
    return {
      module: StageModule,
      // Ready when it listens: the two services have their own health, and scenarios take it away from them.
      imports: [HealthModule.forRoot({ checks: [], registry })],
      controllers: SERVES,
      providers: [
        RunQueue,
        { provide: System, useValue: system },
        { provide: RunStore, useValue: new RunStore(runsFolder) },
        { provide: LOGGER, useValue: logger },
        { provide: APP_GUARD, useClass: OnlyLocal },
        provideProblems(PROBLEMS),
      ],
    };
  }
}
