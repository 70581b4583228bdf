import { LOG_LEVELS, readEnvironment } from '@halfway/service';

/** Every environment variable of the stage, typed, with unit and default. */
export interface StageConfig {
  /** STAGE_PORT, default 3002; another one is taken when it is in use. */
  readonly port: number;
  /** LOG_LEVEL of the stage and of both services; default info for the stage. */
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** @throws EnvironmentError with every problem at once. */
export function stageConfig(environment: NodeJS.ProcessEnv): StageConfig {
  return readEnvironment(
    (env) => ({ port: env.port('STAGE_PORT', 3002), logLevel: env.oneOf('LOG_LEVEL', LOG_LEVELS, 'info') }),
    environment,
  );
}
