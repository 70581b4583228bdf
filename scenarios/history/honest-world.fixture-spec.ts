import type { Order, Payment } from '../support/resources.js';
import { between, pick, randomOf, wholeBetween, type Random } from '../support/random.js';
import type { FinalOrder } from './final-orders.js';
import type { Operation, Request, Seen } from './operation.js';

export interface Told {
  readonly operations: readonly Operation[];
  readonly final: readonly FinalOrder[];
}

interface Stored {
  readonly key: string;
  status: Order['status'];
  version: number;
  cancelReason: Order['cancelReason'];
  readonly payments: Map<string, Payment['state']>;
}

type Reply = Pick<Operation, 'outcome' | 'status' | 'seen' | 'orderId'>;

/**
 * A shop that keeps every promise, in virtual time: each request has its effect at one moment between its beginning and its end.
 * Of some the answer is lost; then the effect is there, never comes, or comes after the client has given up.
 */
class HonestShop {
  readonly #orders = new Map<string, Stored>();
  #due: { readonly at: number; readonly run: () => void }[] = [];
  #now = 0;

  constructor(private readonly random: Random) {}

  at(at: number, run: () => void): void {
    this.#due.push({ at, run });
  }

  run(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      this.#now = next.at;
      next.run();
    }
  }

  place(key: string): Reply {
    const orderId = `order-of-${key}`;
    const replayed = this.#orders.has(orderId);
    if (!replayed) {
      this.#orders.set(orderId, { key, status: 'PENDING', version: 1, cancelReason: null, payments: new Map() });
      this.at(this.#now + between(this.random, 1, 300), () =>
        this.#move(orderId, ['PENDING'], this.random() < 0.8 ? 'AWAITING_PAYMENT' : 'REJECTED'),
      );
      this.at(this.#now + between(this.random, 200, 2_000), () =>
        this.#move(orderId, ['PENDING', 'AWAITING_PAYMENT'], 'CANCELLED', 'PAYMENT_TIMEOUT'),
      );
    }
    const order = { status: 'PENDING', version: 1, cancelReason: null } as const;
    return { outcome: 'ok', status: 201, orderId, seen: { order, payments: [], content: orderId, replayed } };
  }

  pay(orderId: string, paymentId: string): Reply {
    const order = this.#orders.get(orderId);
    if (!order) return { outcome: 'failed', status: 404 };
    if (!order.payments.has(paymentId)) {
      if (order.status === 'PENDING') return { outcome: 'failed', status: 409 };
      const state = this.#move(orderId, ['AWAITING_PAYMENT'], 'PAID') ? 'CAPTURED' : 'REFUND_DUE';
      order.payments.set(paymentId, state);
      if (state === 'REFUND_DUE')
        this.at(this.#now + between(this.random, 1, 300), () => order.payments.set(paymentId, 'REFUNDED'));
    }
    const payments = [{ paymentId, state: order.payments.get(paymentId) ?? 'CAPTURED' }];
    return { outcome: 'ok', status: 201, seen: { payments, replayed: false } };
  }

  cancel(orderId: string): Reply {
    this.#move(orderId, ['PENDING', 'AWAITING_PAYMENT'], 'CANCELLED', 'CUSTOMER');
    const answer = this.read(orderId);
    return answer.seen && answer.seen.order?.status !== 'CANCELLED' ? { outcome: 'failed', status: 409 } : answer;
  }

  read(orderId: string): Reply {
    const order = this.#orders.get(orderId);
    return order ? { outcome: 'ok', status: 200, seen: lookAt(orderId, order) } : { outcome: 'failed', status: 404 };
  }

  get final(): readonly FinalOrder[] {
    return [...this.#orders].map(([orderId, order]) => {
      const { status, version, cancelReason, key } = order;
      return { orderId, key, status, version, cancelReason, payments: lookAt(orderId, order).payments };
    });
  }

  #move(
    orderId: string,
    from: readonly Order['status'][],
    to: Order['status'],
    why: Order['cancelReason'] = null,
  ): boolean {
    const order = this.#orders.get(orderId);
    if (!order || !from.includes(order.status)) return false;
    Object.assign(order, { status: to, version: order.version + 1, cancelReason: why });
    return true;
  }

  #next() {
    this.#due = this.#due.toSorted((a, b) => a.at - b.at);
    return this.#due.shift();
  }
}

const lookAt = (orderId: string, { status, version, cancelReason, payments }: Stored): Seen => ({
  order: { status, version, cancelReason },
  payments: [...payments].map(([paymentId, state]) => ({ paymentId, state })),
  content: orderId,
  replayed: false,
});

/** A few orders, each with requests that overlap, repeat themselves and get lost. */
export function honestHistory(seed: number): Told {
  const random = randomOf(seed);
  const shop = new HonestShop(random);
  const operations: Operation[] = [];
  const ask = (request: Request, from: number, until: number, work: () => Reply): void => {
    const invokedAt = between(random, from, until);
    const endedAt = invokedAt + between(random, 1, 60);
    const fate = random();
    if (fate < 0.05) {
      operations.push({ ...request, invokedAt, endedAt, outcome: 'failed', code: 'ECONNREFUSED' });
    } else if (fate < 0.25) {
      const effectAt = invokedAt + between(random, 0, 400);
      if (random() < 0.7) shop.at(effectAt, () => void work());
      operations.push({ ...request, invokedAt, endedAt, outcome: 'unknown', code: 'ECONNRESET' });
    } else {
      shop.at(between(random, invokedAt, endedAt), () =>
        operations.push({ ...request, invokedAt, endedAt, ...work() }),
      );
    }
  };
  for (let order = 0; order < wholeBetween(random, 1, 4); order++) {
    const key = `k${seed}-${order}`;
    const orderId = `order-of-${key}`;
    const times = (most: number, work: (index: number) => void): void => {
      for (let index = wholeBetween(random, 0, most); index > 0; index--) work(index);
    };
    times(3, () => ask({ client: 'c', kind: 'place', key }, 0, 200, () => shop.place(key)));
    times(8, () => ask({ client: 'c', kind: 'read', orderId }, 0, 1_500, () => shop.read(orderId)));
    times(4, () => {
      const paymentId = pick(random, [`${key}-p1`, `${key}-p2`]);
      ask({ client: 'c', kind: 'pay', orderId, paymentId }, 50, 1_500, () => shop.pay(orderId, paymentId));
    });
    times(2, () => ask({ client: 'c', kind: 'cancel', orderId }, 0, 1_500, () => shop.cancel(orderId)));
  }
  shop.run();
  return { operations, final: shop.final };
}
