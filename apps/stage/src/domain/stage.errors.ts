/** Base of what the stage refuses: a stable `code`, and a text that ends with the remedy. */
export abstract class StageError extends Error {
  constructor(
    readonly code: string,
    text: string,
    options?: ErrorOptions,
  ) {
    super(text, options);
    this.name = new.target.name;
  }
}

export class ScenarioNotFoundError extends StageError {
  constructor(name: string) {
    super('SCENARIO_NOT_FOUND', `There is no scenario "${name}". Choose one of GET /scenarios.`);
  }
}

export class RunNotFoundError extends StageError {
  constructor(runId: string) {
    super(
      'RUN_NOT_FOUND',
      `There is no run ${runId}. The latest are in GET /runs; start one with POST /scenarios/:name/runs.`,
    );
  }
}

export class StageBusyError extends StageError {
  constructor(readonly waiting: number) {
    super('STAGE_BUSY', `${waiting} runs are waiting already, and they play one after the other. Try again later.`);
  }
}

export class NotQuietError extends StageError {
  constructor(options: ErrorOptions) {
    super(
      'NOT_QUIET',
      'Something is still under way, so the strict rules do not apply yet. Ask again later, or without "settled".',
      options,
    );
  }
}

/** Somebody else's web page, or a name that only points here. */
export class ForeignRequestError extends StageError {
  constructor() {
    super(
      'FOREIGN_REQUEST',
      'The stage kills processes, so it answers this machine only. Call it by 127.0.0.1 or localhost, and from its own page.',
    );
  }
}
