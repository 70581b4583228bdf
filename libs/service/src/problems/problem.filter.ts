import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { PROBLEM_TYPE } from './problem.js';
import type { ProblemCodes } from './problem-codes.js';
import { toProblem } from './to-problem.js';

/** The only place where an error becomes an HTTP answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly codes: ProblemCodes,
    private readonly logger: Logger,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const { problem, retryAfterSeconds } = toProblem(error, this.codes);
    if (problem.status >= 500) {
      const route = request.routeOptions?.url;
      const facts = { requestId: request.id, method: request.method, route, code: problem.code, err: error };
      if (problem.status === 500) this.logger.error(facts, 'request failed');
      else this.logger.warn(facts, 'request could not be served');
    }
    if (reply.sent) return;
    if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
    // Fastify serialises objects for JSON media types itself, but adds no charset to this one.
    void reply.code(problem.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(problem));
  }
}
