import type { Order, Reservation } from '../support/resources.js';

export interface OrderSeen {
  readonly orderId: string;
  readonly status: Order['status'];
  readonly version: number;
  /** `sku=quantity`, sorted, one a line: the one character of the three that no sku can have. */
  readonly lines: string;
}

export interface ReservationSeen {
  readonly orderId: string;
  readonly state: Reservation['state'];
  /** As the order's; empty when nothing was ever held. */
  readonly lines: string;
}

export type Reserved = Reservation['state'] | 'none';

/** What may be seen of an order on both sides at the same moment while messages are under way. */
const whileRunning: Readonly<Record<Order['status'], readonly Reserved[]>> = {
  PENDING: ['none', 'RESERVED', 'REFUSED'],
  AWAITING_PAYMENT: ['RESERVED'],
  PAID: ['RESERVED', 'SOLD'],
  CANCELLED: ['none', 'RESERVED', 'REFUSED', 'RELEASED'],
  REJECTED: ['REFUSED'],
};

/** And what when every event is acknowledged: one state each, a cancelled order holds nothing. */
const whenQuiet: Readonly<Record<Order['status'], readonly Reserved[]>> = {
  PENDING: [],
  AWAITING_PAYMENT: ['RESERVED'],
  PAID: ['SOLD'],
  CANCELLED: ['RELEASED', 'REFUSED'],
  REJECTED: ['REFUSED'],
};

export interface Collected {
  readonly before: readonly OrderSeen[];
  readonly reservations: readonly ReservationSeen[];
  /** The orders once more. */
  readonly after: readonly OrderSeen[];
  /** Attempts that deducted before there was an order, and what became of them; read after the reservations too. */
  readonly attempts: ReadonlyMap<string, 'OPEN' | 'KEPT' | 'RETURNED'>;
}

/** What a failed attempt may leave behind when all is quiet: nothing held. */
const givenBack: readonly Reserved[] = ['RELEASED', 'REFUSED'];

/**
 * X1. Two databases can't be read at one instant, so the orders are read before and after the reservations, and only an order
 * whose version did not move in between is judged: its status was the same at the moment when its reservation was read.
 */
export function disagreements({ before, reservations, after }: Collected, settled: boolean): readonly object[] {
  const allowed = settled ? whenQuiet : whileRunning;
  const states = new Map(reservations.map(({ orderId, state }) => [orderId, state]));
  const versions = new Map(before.map(({ orderId, version }) => [orderId, version]));
  return after
    .filter(({ orderId, version }) => versions.get(orderId) === version)
    .map(({ orderId, status }) => ({ orderId, order: status, reservation: states.get(orderId) ?? ('none' as const) }))
    .filter(({ order, reservation }) => !allowed[order].includes(reservation));
}

/**
 * X2. Who holds or held stock is an order with the same lines; read after the reservations, so it must be there. Or it is an
 * attempt to place one, which may hold stock only while it is under way: when all is quiet it must have given everything back.
 */
export function strangers({ reservations, after, attempts }: Collected, settled: boolean): readonly object[] {
  const lines = new Map(after.map((order) => [order.orderId, order.lines]));
  const isAttempt = ({ orderId, state }: ReservationSeen): boolean =>
    settled
      ? attempts.get(orderId) === 'RETURNED' && givenBack.includes(state)
      : attempts.has(orderId) && state !== 'SOLD';
  return reservations
    .filter(({ orderId, lines: held, state }) =>
      lines.has(orderId) ? held !== '' && held !== lines.get(orderId) : !isAttempt({ orderId, lines: held, state }),
    )
    .map(({ orderId, lines: held }) => ({ orderId, reserved: held, ordered: lines.get(orderId) ?? 'no such order' }));
}

/** X3, only when quiet. Pieces per sku on both sides. */
export function unequalSales(after: readonly OrderSeen[], sold: ReadonlyMap<string, number>): readonly object[] {
  const paid = new Map<string, number>();
  for (const { lines } of after.filter(({ status }) => status === 'PAID')) {
    for (const line of lines.split('\n')) {
      const at = line.lastIndexOf('=');
      const sku = line.slice(0, at);
      paid.set(sku, (paid.get(sku) ?? 0) + Number(line.slice(at + 1)));
    }
  }
  return [...new Set([...paid.keys(), ...sold.keys()])]
    .map((sku) => ({ sku, paid: paid.get(sku) ?? 0, sold: sold.get(sku) ?? 0 }))
    .filter((row) => row.paid !== row.sold);
}

/** An order that a client was told of. A key without an answer may have an order or not, and is no promise. */
export interface Placement {
  readonly key: string;
  readonly orderId: string;
}

/** X4. What clients were told. */
export function brokenPromises(
  placements: readonly Placement[],
  orders: readonly OrderSeen[],
  orderOfKey: ReadonlyMap<string, string>,
): readonly object[] {
  const existing = new Set(orders.map(({ orderId }) => orderId));
  return placements
    .map(({ key, orderId }) => ({ key, promised: orderId, exists: existing.has(orderId), stored: orderOfKey.get(key) }))
    .filter(({ promised: orderId, exists, stored }) => !exists || stored !== orderId);
}
