import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Histogram, type Registry } from 'prom-client';
import { refuseHostile } from './hostile-input.js';

/** What happens to every request: input checked, id returned, duration measured, one line at debug. */
export function addHooks(fastify: FastifyInstance, logger: Logger, registry: Registry): void {
  const duration = requestDuration(registry);
  let closing = false;
  fastify.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  fastify.addHook('preValidation', (request, _reply, done) => {
    try {
      refuseHostile(request.params);
      refuseHostile(request.query);
      done();
    } catch (error) {
      // Only InvalidRequestError is thrown there.
      done(error as Error);
    }
  });
  fastify.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id);
    // Otherwise a busy keep-alive connection would hold up the stop until its time limit.
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const route = request.routeOptions.url ?? 'unknown';
    const ms = reply.elapsedTime;
    duration.labels(method, route, String(reply.statusCode)).observe(ms / 1_000);
    if (logger.isLevelEnabled('debug')) {
      logger.debug({ requestId: request.id, method, route, status: reply.statusCode, ms }, 'request answered');
    }
    done();
  });
}

function requestDuration(registry: Registry): Histogram<'method' | 'route' | 'status'> {
  const name = 'halfway_http_request_duration_seconds';
  const existing = registry.getSingleMetric(name);
  // Two applications of one process (tests) share a registry.
  if (existing) return existing as Histogram<'method' | 'route' | 'status'>;
  return new Histogram({
    name,
    help: 'Time from a request to its answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
}
