import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { bootProblems } from './boot-problems.js';
import { createService, registryOf, type ServiceOptions } from './create-service.js';

export interface RunOptions extends ServiceOptions {
  /** 0 takes a free one; the line `listening` tells which. */
  readonly port: number;
  /** Default 0.0.0.0: a container must be reachable. */
  readonly host?: string;
}

/** Requests under way get this long at a stop, which is more than PostgreSQL's limits let one take. */
const HTTP_DRAIN_MS = 8_000;
/** After this the process ends, whatever still hangs; orchestrators kill at 30 s. */
const STOP_LIMIT_MS = 20_000;

/**
 * The life of a service's process. Exit codes: 0 stopped by a signal, 1 could not start, 2 could not stop in time.
 * `options` may be a function, so that a wrong environment is reported like any other problem of the start.
 */
export async function runService(options: RunOptions | (() => RunOptions | Promise<RunOptions>)): Promise<void> {
  try {
    const given = typeof options === 'function' ? await options() : options;
    const app = await createService(given);
    collectDefaultMetrics({ register: registryOf(app) });
    stopOnSignal(app, given.logger);
    await listen(app, given);
  } catch (error) {
    process.stderr.write(
      `Cannot start:\n${bootProblems(error)
        .map((text) => `  - ${text}\n`)
        .join('')}`,
    );
    // Whatever was opened on the way (pools, timers, channels) would keep the process alive.
    process.exit(1);
  }
}

async function listen(
  app: NestFastifyApplication,
  { name, port, host = '0.0.0.0', logger }: RunOptions,
): Promise<void> {
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw error;
  }
  const address = app.getHttpServer().address();
  logger.info({ name, host, port: typeof address === 'object' && address ? address.port : port }, 'listening');
}

function stopOnSignal(app: NestFastifyApplication, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.fatal({ limitMs: STOP_LIMIT_MS }, 'did not stop in time');
      process.exit(2);
    }, STOP_LIMIT_MS).unref();
    void stopGracefully(app).then(
      () => {
        logger.info({ signal }, 'stopped');
        process.exit(0);
      },
      (err: unknown) => {
        logger.fatal({ err }, 'stopped with an error');
        process.exit(2);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/**
 * Nest closes HTTP while the messaging drains, and pools after both; requests that do not end in time are cut off, so that
 * they cannot use up the whole limit.
 */
export async function stopGracefully(app: NestFastifyApplication, httpDrainMs = HTTP_DRAIN_MS): Promise<void> {
  const cut = setTimeout(() => app.getHttpServer().closeAllConnections(), httpDrainMs);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
  }
}
