import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import type { Logger } from 'pino';
import { InvalidRequestError, problem, PROBLEM_TYPE } from '../problems/problem.js';
import { refuseHostile } from './hostile-input.js';

export const BODY_LIMIT_BYTES = 64 * 1024;
/** Longest path parameter, decoded: longer ids than ours get as far as validation, which says what is wrong. */
const MAX_PARAMETER_LENGTH = 1_024;
const REQUEST_ID = /^[\w.:-]{1,64}$/;

export interface HttpOptions {
  readonly logger: Logger;
  /** Answers what the router itself refuses; there no filter runs. */
  readonly refuse: (error: Error, request: FastifyRequest, reply: FastifyReply) => void;
}

/** Fastify as both services use it. It logs no line per request above debug (see `addHooks`). */
export function createAdapter({ logger, refuse }: HttpOptions): FastifyAdapter {
  const adapter = new FastifyAdapter({
    // Its news is ours to tell (see `addHooks` and `runService`), its warnings are welcome.
    loggerInstance: logger.child({}, { level: logger.isLevelEnabled('warn') ? 'warn' : logger.level }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    // A client's id is taken only when it can do no harm in a log or a header.
    requestIdHeader: false,
    genReqId: requestId,
    forceCloseConnections: 'idle',
    // While draining, a request on an open connection is still answered, with "Connection: close".
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    frameworkErrors: refuse,
    clientErrorHandler: refuseUnreadable,
  });
  acceptJsonOnly(adapter);
  return adapter;
}

function requestId(request: { readonly headers: IncomingMessage['headers'] }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** An empty body counts as none: many clients send the content type with every POST. */
function acceptJsonOnly(adapter: FastifyAdapter): void {
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    if (body.byteLength === 0) return done(null, undefined);
    try {
      if (!isUtf8(body)) throw new SyntaxError('not UTF-8');
      const value: unknown = JSON.parse(body.toString());
      refuseHostile(value);
      return done(null, value);
    } catch (cause) {
      return done(cause instanceof InvalidRequestError ? cause : malformed(cause));
    }
  });
}

function malformed(cause: unknown): Error {
  return Object.assign(new Error('The body is no JSON.', { cause }), { statusCode: 400 });
}

/** No request came out of these bytes, so there is no reply object: the answer is written by hand. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const body = JSON.stringify(problem(status, 'MALFORMED_REQUEST', 'This is no HTTP request that can be read.'));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
