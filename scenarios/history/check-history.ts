import type { ClientHistory } from './client-history.js';
import { convict, type Violation } from './convict.js';
import type { FinalOrder } from './final-orders.js';
import type { Operation } from './operation.js';

/**
 * Holds what clients were told against itself and, when everything is at rest, against what became of their orders.
 * @param finalOrders all orders as they are in the end; they count as the answers to one last look at each order
 */
export function checkHistory(
  history: Pick<ClientHistory, 'operations' | 'convictions'>,
  finalOrders?: readonly FinalOrder[],
): readonly Violation[] {
  const { operations, convictions } = history;
  return convict(finalOrders ? [...operations, ...lastLooks(operations, finalOrders)] : operations, convictions);
}

/** Orders of other clients are none of our business. */
function lastLooks(operations: readonly Operation[], finalOrders: readonly FinalOrder[]): readonly Operation[] {
  const ids = new Set(operations.flatMap(({ orderId }) => orderId ?? []));
  const keys = new Set(operations.flatMap(({ key }) => key ?? []));
  const after = operations.reduce((latest, operation) => Math.max(latest, timeOf(operation)), 0) + 1;
  const look = { client: 'last look', kind: 'read', invokedAt: after, endedAt: after } as const;
  const found = finalOrders
    .filter(({ orderId, key }) => ids.has(orderId) || (key !== null && keys.has(key)))
    .map(({ orderId, key, payments, ...order }): Operation => {
      const seen = { order, payments, replayed: false };
      return { ...look, orderId, outcome: 'ok', seen, ...(key === null ? {} : { key }) };
    });
  const existing = new Set(finalOrders.map(({ orderId }) => orderId));
  const missing = [...ids]
    .filter((orderId) => !existing.has(orderId))
    .map((orderId): Operation => ({ ...look, orderId, outcome: 'failed', status: 404 }));
  return [...found, ...missing];
}

/** Of one that is under way, only its beginning is known. */
const timeOf = ({ invokedAt, endedAt }: Operation): number => (Number.isFinite(endedAt) ? endedAt : invokedAt);
