import type { Order, Payment } from '../support/resources.js';
import type { FinalOrder } from './final-orders.js';
import type { Operation } from './operation.js';

/** An operation that has no time yet. */
export type Told = Omit<Operation, 'invokedAt' | 'endedAt'>;

type Payments = Readonly<Record<string, Payment['state']>>;
type Of = Partial<Pick<Told, 'outcome' | 'status' | 'orderId'>>;

const listOf = (payments: Payments) => Object.entries(payments).map(([paymentId, state]) => ({ paymentId, state }));
const reasonOf = (status: Order['status'], reason?: Order['cancelReason']): Order['cancelReason'] =>
  status === 'CANCELLED' ? (reason ?? 'CUSTOMER') : null;

export const place = (key: string, orderId: string, seen: Partial<Told['seen']> = {}): Told => ({
  client: 'c',
  kind: 'place',
  outcome: 'ok',
  status: 201,
  key,
  orderId,
  seen: {
    order: { status: 'PENDING', version: 1, cancelReason: null },
    payments: [],
    content: 'tea',
    replayed: false,
    ...seen,
  },
});

export const read = (
  orderId: string,
  status: Order['status'],
  version: number,
  payments: Payments = {},
  cancelReason?: Order['cancelReason'],
): Told => ({
  client: 'c',
  kind: 'read',
  outcome: 'ok',
  status: 200,
  orderId,
  seen: {
    order: { status, version, cancelReason: reasonOf(status, cancelReason) },
    payments: listOf(payments),
    content: 'tea',
    replayed: false,
  },
});

/** The same in the other flow. */
export const deductedFirst = ({ seen, ...told }: Told): Told => ({
  ...told,
  ...(seen?.order ? { seen: { ...seen, order: { ...seen.order, flow: 'return-on-failure' } } } : {}),
});

export const pay = (orderId: string, paymentId: string, state: Payment['state']): Told => ({
  client: 'c',
  kind: 'pay',
  outcome: 'ok',
  status: 201,
  orderId,
  paymentId,
  seen: { payments: [{ paymentId, state }], replayed: false },
});

export const cancel = (orderId: string, version = 2): Told => ({
  ...read(orderId, 'CANCELLED', version),
  kind: 'cancel',
});

/** What became of it when the client got no usable answer. */
export const unknown = ({ seen: _seen, status: _status, orderId, ...told }: Told): Told => ({
  ...told,
  // Who got no answer to a new order was told no id.
  ...(told.kind === 'place' ? {} : { orderId }),
  outcome: 'unknown',
});

export const refused = ({ seen: _seen, ...told }: Told, status = 409, of: Of = {}): Told => ({
  ...told,
  outcome: 'failed',
  status,
  ...of,
});

/** Each begins after the one before has ended. */
export const oneByOne = (...told: readonly Told[]): readonly Operation[] =>
  told.map((each, index) => ({ ...each, invokedAt: 10 * index, endedAt: 10 * index + 5 }));

/** Any of them may have been first. */
export const atOnce = (...told: readonly Told[]): readonly Operation[] =>
  told.map((each) => ({ ...each, invokedAt: 0, endedAt: 5 }));

export const ended = (
  orderId: string,
  key: string,
  status: Order['status'],
  version: number,
  payments: Payments = {},
  cancelReason?: Order['cancelReason'],
): FinalOrder => ({
  orderId,
  key,
  status,
  version,
  cancelReason: reasonOf(status, cancelReason),
  payments: listOf(payments),
});
