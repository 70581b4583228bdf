export { type AdminConfig, adminConfig } from './admin/admin-config.js';
export type { AdminRequest, AdminRoute } from './admin/admin-route.js';
export { type AdminAsyncOptions, AdminModule } from './admin/admin.module.js';
export { faultRoutes } from './admin/fault-routes.js';
export { quarantineRoutes } from './admin/quarantine-routes.js';
export { createService, type ServiceOptions } from './create-service.js';
export {
  type Credentials,
  EnvironmentError,
  type EnvironmentProblem,
  EnvironmentReader,
  readEnvironment,
} from './environment.js';
export { brokerCheck, databaseCheck, type HealthCheck, type Readiness } from './health/health-check.js';
export { METRICS_REGISTRY } from './health/health.controller.js';
export { type HealthAsyncOptions, HealthModule, type HealthOptions } from './health/health.module.js';
export { ApiProblems, FlawResponse, ProblemResponse } from './http/problem-responses.js';
export { createLogger, LOG_LEVELS, type LoggerOptions } from './logger.js';
export { NoFields } from './problems/no-fields.js';
export { IsPrintable, isPrintable } from './problems/printable.js';
export { type Answer, ProblemCodes, provideProblems } from './problems/problem-codes.js';
export { type Flaw, InvalidRequestError, type Problem } from './problems/problem.js';
export { type MigrationOptions, runMigrations } from './run-migrations.js';
export { type RunOptions, runService, stopGracefully } from './run-service.js';
