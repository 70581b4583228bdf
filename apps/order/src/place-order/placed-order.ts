import { IdempotencyKeyInFlightError, IdempotencyKeyReusedError } from '../domain/order.errors.js';
import type { Groundwork, OrderRepository } from '../persistence/order.repository.js';

/** What POST /orders answers, in either flow. */
export interface PlacedOrder {
  readonly orderId: string;
  /** The body of the answer, word for word the same for every repetition. */
  readonly answer: string;
  readonly replayed: boolean;
}

/** PostgreSQL's lock_timeout: somebody has held the key for longer than we wait. */
const LOCK_TIMEOUT = '55P03';

/** @throws IdempotencyKeyReusedError when the key has placed another order. */
export function replay(placed: NonNullable<Groundwork['placed']>, requestHash: string): PlacedOrder {
  if (placed.requestHash !== requestHash) throw new IdempotencyKeyReusedError();
  return { orderId: placed.orderId, answer: placed.answer, replayed: true };
}

/** Another request has the key, or is about to. */
export function isKeyContention(error: unknown): boolean {
  if (error instanceof IdempotencyKeyInFlightError) return true;
  return error instanceof Error && 'code' in error && error.code === LOCK_TIMEOUT;
}

/** The request that holds the key has usually committed by now; if it has not, the caller is to come again. */
export async function answerOfTheOther(
  orders: OrderRepository,
  key: string,
  requestHash: string,
): Promise<PlacedOrder> {
  const { placed } = await orders.groundwork(key, []);
  if (!placed) throw new IdempotencyKeyInFlightError();
  return replay(placed, requestHash);
}
