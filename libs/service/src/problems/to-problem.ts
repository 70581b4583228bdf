import { HttpException } from '@nestjs/common';
import { isDatabaseUnavailable } from './unavailable.js';
import { type Flaw, InvalidRequestError, type Problem, problem } from './problem.js';
import type { ProblemCodes } from './problem-codes.js';

export interface Translated {
  readonly problem: Problem;
  readonly retryAfterSeconds?: number;
}

/** Refusals of Fastify and of Nest's router. Their own texts are replaced: they speak of parsers and of our routes. */
const REFUSALS: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  400: ['MALFORMED_REQUEST', 'The request cannot be read. Send well-formed JSON, and a well-formed URL.'],
  404: ['ROUTE_NOT_FOUND', 'There is no such route. See /docs.'],
  405: ['METHOD_NOT_ALLOWED', 'The route has no such method. See /docs.'],
  413: ['BODY_TOO_LARGE', 'The body is over 64 KiB. Send a smaller one.'],
  414: ['URL_TOO_LONG', 'A part of the URL is too long. Send a shorter one.'],
  415: ['UNSUPPORTED_MEDIA_TYPE', 'The body must be JSON. Send it with "Content-Type: application/json".'],
};

/** Every error becomes an answer here; whatever is not known is a 500 that tells nothing. */
export function toProblem(error: unknown, codes: ProblemCodes): Translated {
  if (error instanceof InvalidRequestError) {
    return { problem: problem(error.status, error.code, error.message, error.errors) };
  }
  const answer = error instanceof Error && 'code' in error ? codes.answerTo(String(error.code)) : undefined;
  if (answer && error instanceof Error && 'code' in error) {
    const { status, retryAfterSeconds, detail = error.message } = answer;
    return { problem: problem(status, String(error.code), detail, flawsOf(error)), retryAfterSeconds };
  }
  const status = refusalOf(error);
  if (status !== undefined) {
    const [code, detail] = REFUSALS[status] ?? ['REQUEST_REFUSED', 'The request is refused. See /docs.'];
    return { problem: problem(status, code, detail) };
  }
  if (isDatabaseUnavailable(error)) {
    const detail = 'The service cannot reach its data right now. Try again; keep the Idempotency-Key.';
    return { problem: problem(503, 'TEMPORARILY_UNAVAILABLE', detail), retryAfterSeconds: 1 };
  }
  return {
    problem: problem(500, 'INTERNAL_ERROR', 'Something is wrong on our side. Report the x-request-id of this answer.'),
  };
}

/** The 4xx status of an `HttpException`, or of an error that Fastify raised while it read the request. */
function refusalOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const status = error instanceof HttpException ? error.getStatus() : 'statusCode' in error ? error.statusCode : 0;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** A domain error may name the places of the request that it is about. */
function flawsOf(error: Error): readonly Flaw[] | undefined {
  return 'errors' in error && Array.isArray(error.errors) ? error.errors.filter(isFlaw) : undefined;
}

function isFlaw(value: unknown): value is Flaw {
  return typeof value === 'object' && value !== null && 'pointer' in value && 'detail' in value;
}
