import { createHash } from 'node:crypto';
import { NoAnswerError, type Answer } from '../support/http.js';
import type { Order, Payment } from '../support/resources.js';
import type { Operation, Seen } from './operation.js';

type Result = Pick<Operation, 'outcome' | 'status' | 'code' | 'seen' | 'orderId'>;

/** What a client may conclude from an answer. A 5xx is a word of the edge, not of the database: nothing follows from it. */
export function answered({ status, body, problem, headers }: Answer<Order | Payment>): Result {
  if (status >= 500) return { outcome: 'unknown', status, code: problem?.code };
  if (body === undefined) return { outcome: 'failed', status, code: problem?.code };
  const replayed = headers['idempotency-replayed'] === 'true';
  return { outcome: 'ok', status, orderId: body.orderId, seen: { ...factsOf(body), replayed } };
}

/** Only a connection that was refused says that nothing has happened. */
export function unanswered(error: unknown): Result {
  if (error instanceof NoAnswerError) return { outcome: error.outcome, code: error.code };
  return { outcome: 'unknown' };
}

function factsOf(body: Order | Payment): Omit<Seen, 'replayed'> {
  if ('paymentId' in body) return { payments: [{ paymentId: body.paymentId, state: body.state }] };
  const { status, version, cancelReason, payments, ...content } = body;
  const { flow } = content;
  return {
    order: { status, version, cancelReason, flow },
    payments: payments.map(({ paymentId, state }) => ({ paymentId, state })),
    content: createHash('sha1').update(JSON.stringify(content)).digest('base64url').slice(0, 12),
  };
}
