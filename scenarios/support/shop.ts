import { randomUUID } from 'node:crypto';
import type { ClientHistory } from '../history/client-history.js';
import type { Flow } from './flow.js';
import { HttpClient, NoAnswerError, type Answer, type HttpRequest } from './http.js';
import type { Journal } from './journal.js';
import type { Order, OrderLine, Payment, Reservation, Stock, Timeline } from './resources.js';
import { GiveUpError, until, type Patience } from './until.js';

/** An answer that the scenario cannot go on with. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
  constructor(what: string, expected: readonly number[], { status, problem }: Answer<unknown>) {
    super(`${what}: expected ${expected.join(' or ')}, got ${status} ${problem ? JSON.stringify(problem) : ''}`);
  }
}

const final: readonly Order['status'][] = ['PAID', 'REJECTED', 'CANCELLED'];

export interface PlaceOrder {
  readonly lines: readonly OrderLine[];
  readonly customerId?: string;
  /** Default: a new one. */
  readonly key?: string;
  /** Default: the shop's. */
  readonly flow?: Flow;
}

/** The two services as a customer, a payment provider and a warehouse see them: HTTP and nothing else. */
export class Shop {
  constructor(
    readonly orders: HttpClient,
    readonly inventory: HttpClient,
    readonly history: ClientHistory,
    readonly journal: Journal,
    /** Throws when waiting on is pointless, because a service has ended. */
    private readonly assertAlive: () => void = () => {},
    /** Who this is in the history. */
    private readonly client = 'shop',
    /** Default: the service's. */
    private readonly flow?: Flow,
  ) {}

  /** The same shop, where orders are placed in this flow unless they say otherwise. */
  placingIn(flow: Flow): Shop {
    return new Shop(this.orders, this.inventory, this.history, this.journal, this.assertAlive, this.client, flow);
  }

  /** Any answer, also a refusal; for scenarios about answers. @throws NoAnswerError */
  tryPlace({
    lines,
    customerId = 'somebody',
    key = randomUUID(),
    flow = this.flow,
  }: PlaceOrder): Promise<Answer<Order>> {
    const request = { method: 'POST', path: '/orders', body: { customerId, lines, flow } } as const;
    return this.history.record({ client: this.client, kind: 'place', key }, () =>
      this.#act<Order>(this.orders, { ...request, headers: { 'idempotency-key': key } }, [key]),
    );
  }

  /** What a careful client does: no answer, "in doubt" and "in flight" are asked again with the same key. */
  place(order: PlaceOrder, patience?: Patience): Promise<Order> {
    const key = order.key ?? randomUUID();
    const accepted = until(
      `order ${key} is answered`,
      () => this.#alive(this.tryPlace({ ...order, key })),
      (answer) => answer.status < 500 && answer.status !== 409,
      { everyMs: 100, ...patience },
    );
    return accepted.then((answer) => bodyOf('POST /orders', answer, 201));
  }

  tryPay(orderId: string, payment: Omit<Payment, 'orderId' | 'state'>): Promise<Answer<Payment>> {
    const path = `/orders/${orderId}/payments`;
    const { paymentId } = payment;
    return this.history.record({ client: this.client, kind: 'pay', orderId, paymentId }, () =>
      this.#act<Payment>(this.orders, { method: 'POST', path, body: payment }, [orderId]),
    );
  }

  /** The whole amount, captured. */
  async pay(order: Order, paymentId = `payment-${randomUUID()}`): Promise<Payment> {
    const { orderId, amountMinor, currency } = order;
    return bodyOf('payment', await this.tryPay(orderId, { paymentId, amountMinor, currency }), 201, 200);
  }

  tryCancel(orderId: string): Promise<Answer<Order>> {
    return this.history.record({ client: this.client, kind: 'cancel', orderId }, () =>
      this.#act<Order>(this.orders, { method: 'POST', path: `/orders/${orderId}/cancellation` }, [orderId]),
    );
  }

  async cancel(orderId: string): Promise<Order> {
    return bodyOf('cancellation', await this.tryCancel(orderId), 200);
  }

  order(orderId: string): Promise<Answer<Order>> {
    return this.history.record({ client: this.client, kind: 'read', orderId }, () =>
      this.orders.send<Order>({ method: 'GET', path: `/orders/${orderId}` }),
    );
  }

  /** As the services tell it; they write it a moment behind, so `has` is waited for. */
  async untilTold(orderId: string, has: readonly string[], patience?: Patience): Promise<Timeline> {
    const path = `/orders/${orderId}/timeline`;
    const look = async () =>
      bodyOf('timeline', await this.#alive(this.orders.send<Timeline>({ method: 'GET', path })), 200);
    const missing = ({ steps }: Timeline) => has.filter((step) => !steps.some((told) => told.step === step));
    return until(
      `the timeline of ${orderId} has ${has.join(', ')}`,
      look,
      (told) => missing(told).length === 0,
      patience,
    );
  }

  reservation(orderId: string): Promise<Answer<Reservation>> {
    return this.inventory.send({ method: 'GET', path: `/reservations/${orderId}` });
  }

  async stock(sku: string): Promise<Stock> {
    return bodyOf(`stock of ${sku}`, await this.inventory.send<Stock>({ method: 'GET', path: `/stock/${sku}` }), 200);
  }

  /** Where the pieces of a product are. */
  async pieces(sku: string): Promise<Pick<Stock, 'available' | 'reserved' | 'sold'>> {
    const { available, reserved, sold } = await this.stock(sku);
    return { available, reserved, sold };
  }

  /** A product nobody else uses, so that scenarios may follow each other on one system. */
  async offer(name: string, { pieces, unitPriceMinor = 1_000 }: { pieces: number; unitPriceMinor?: number }) {
    const sku = `${name}-${randomUUID().slice(0, 8)}`;
    const product = { name, unitPriceMinor, currency: 'EUR' };
    const priced = await this.orders.send<unknown>({ method: 'PUT', path: `/products/${sku}`, body: product });
    bodyOf(`product ${sku}`, priced, 200);
    await this.receive(sku, pieces);
    return sku;
  }

  async receive(sku: string, quantity: number): Promise<Stock> {
    const body = { receiptId: `receipt-${randomUUID()}`, quantity };
    const path = `/stock/${sku}/receipts`;
    return bodyOf(`receipt of ${sku}`, await this.inventory.send<Stock>({ method: 'POST', path, body }), 201);
  }

  /** Looks at the order until it has one of the states, and says in the timeline when it was seen. */
  async untilOrder(orderId: string, status: Order['status'], patience?: Patience): Promise<Order> {
    const look = async () => {
      const seen = bodyOf('order', await this.#alive(this.order(orderId)), 200);
      if (seen.status === status || !final.includes(seen.status)) return seen;
      throw new GiveUpError(`Order ${orderId} is ${seen.status} and will never be ${status}.`);
    };
    const order = await until(`order ${orderId} is ${status}`, look, (seen) => seen.status === status, patience);
    this.journal.write({ who: 'client', what: `sees ${status}`, about: [orderId] });
    return order;
  }

  async untilReservation(orderId: string, state: Reservation['state'], patience?: Patience): Promise<Reservation> {
    const look = async () => bodyOf('reservation', await this.#alive(this.reservation(orderId)), 200);
    return until(`the reservation of ${orderId} is ${state}`, look, (seen) => seen.state === state, patience);
  }

  close(): void {
    this.orders.close();
    this.inventory.close();
  }

  async #alive<T>(answer: Promise<T>): Promise<T> {
    return answer.finally(this.assertAlive);
  }

  /** Everything that changes something is in the journal; looking is not. */
  async #act<T>(client: HttpClient, request: HttpRequest, about: readonly string[]): Promise<Answer<T>> {
    const at = Date.now();
    const what = `${request.method} ${request.path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, (id) => `…${id.slice(-4)}`)}`;
    try {
      const answer = await client.send<T & { orderId?: string }>(request);
      const { orderId } = answer.body ?? {};
      const parts = [
        answer.status,
        answer.problem?.code,
        answer.headers['idempotency-replayed'] ? 'replayed' : undefined,
      ];
      this.journal.write({
        at,
        who: 'client',
        what,
        detail: parts.filter((part) => part !== undefined).join(' · '),
        tookMs: answer.durationMs,
        about: orderId ? [...about, orderId] : about,
      });
      return answer;
    } catch (error) {
      const detail =
        error instanceof NoAnswerError ? `no answer: ${error.code}, outcome ${error.outcome}` : String(error);
      this.journal.write({ at, who: 'client', what, detail, about, tone: 'fault' });
      throw error;
    }
  }
}

/** The resource of an answer with one of these statuses. @throws UnexpectedAnswerError */
export function bodyOf<T>(what: string, answer: Answer<T>, ...statuses: readonly number[]): T {
  if (!statuses.includes(answer.status) || answer.body === undefined) {
    throw new UnexpectedAnswerError(what, statuses, answer);
  }
  return answer.body;
}
