import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { createAdapter } from '../http/adapter.js';
import { refuseHostile } from '../http/hostile-input.js';
import { ProblemCodes } from '../problems/problem-codes.js';
import { ProblemFilter } from '../problems/problem.filter.js';
import type { AdminConfig } from './admin-config.js';
import type { AdminRoute } from './admin-route.js';

/** Never more: whoever must reach it from elsewhere comes through a tunnel to this machine. */
const HOST = '127.0.0.1';
/** Admin requests take milliseconds; one that hangs must not hold up the stop. */
const DRAIN_MS = 2_000;

const OWN_PROBLEMS = {
  ADMIN_UNAUTHORIZED: 401,
  ADMIN_ROUTE_NOT_FOUND: 404,
  FAULTS_NOT_ENABLED: 404,
  FAULTS_REFUSED: 400,
  MQ_NOT_IN_QUARANTINE: 404,
  MQ_QUARANTINE_REASON: 400,
};

class AdminError extends Error {
  constructor(
    readonly code: keyof typeof OWN_PROBLEMS,
    text: string,
  ) {
    super(text);
  }
}

/**
 * A second HTTP listener for what must never be public: loopback only, every request with the token, the same limits and the
 * same problem+json as the service's own routes. Built → listening → stopped.
 */
export class AdminListener {
  readonly #fastify: FastifyInstance;
  #port = 0;

  constructor(
    private readonly config: AdminConfig,
    routes: readonly AdminRoute[],
    private readonly logger: Logger,
  ) {
    const filter = new ProblemFilter(new ProblemCodes(OWN_PROBLEMS), logger);
    const refuse = (error: Error, request: FastifyRequest, reply: FastifyReply): void =>
      filter.answer(error, request, reply);
    this.#fastify = createAdapter({ logger, refuse }).getInstance();
    const isToken = sameAs(config.token);
    // Before the body is read, and for routes that do not exist: without the token nobody learns anything.
    this.#fastify.addHook('onRequest', (request, reply, done) => {
      reply.header('cache-control', 'no-store').header('x-request-id', request.id);
      if (isToken(request.headers.authorization)) return done();
      reply.header('www-authenticate', 'Bearer');
      done(
        new AdminError(
          'ADMIN_UNAUTHORIZED',
          'Send "Authorization: Bearer …" with the HALFWAY_ADMIN_TOKEN of this service.',
        ),
      );
    });
    this.#fastify.setErrorHandler(refuse);
    const known = routes.map(({ method, path }) => `${method} ${path}`).join(', ');
    this.#fastify.setNotFoundHandler(() => {
      throw new AdminError('ADMIN_ROUTE_NOT_FOUND', `There is no such route here. There are: ${known}.`);
    });
    for (const route of routes) this.#serve(route);
  }

  /** 0 until it listens. */
  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const address = await this.#fastify.listen({ host: HOST, port: this.config.port });
    this.#port = Number(new URL(address).port);
    this.logger.info({ host: HOST, port: this.#port }, 'admin listening');
  }

  async stop(): Promise<void> {
    const cut = setTimeout(() => this.#fastify.server.closeAllConnections(), DRAIN_MS);
    try {
      await this.#fastify.close();
    } finally {
      clearTimeout(cut);
    }
  }

  #serve(route: AdminRoute): void {
    this.#fastify.route<{ Params: Record<string, string>; Querystring: Record<string, unknown> }>({
      method: route.method,
      url: route.path,
      handler: async ({ params, query, body }, reply) => {
        refuseHostile(params);
        refuseHostile(query);
        const answer = await route.handle({ params, query, body });
        reply.code(answer === undefined ? 204 : 200);
        return answer;
      },
    });
  }
}

/** Compares digests: equally long, and in a time that tells nothing about either. */
function sameAs(token: string): (authorization: string | undefined) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${token}`);
  return (authorization = '') => timingSafeEqual(digest(authorization), expected);
}
