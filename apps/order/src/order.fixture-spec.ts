import { createLogger, createService } from '@halfway/service';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { ExpireOverdueOrders } from './expire-order/expire-overdue-orders.js';
import { orderService } from './order.service.js';
import { migrations } from './persistence/data-source.js';

/** The fields of an answer that the specs look at. */
export interface OrderAnswer {
  readonly orderId: string;
  readonly status: string;
  readonly cancelReason: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly expiresAt: string;
  readonly version: number;
  readonly payments: readonly { readonly paymentId: string; readonly state: string }[];
}

export interface Answer<T = OrderAnswer> {
  readonly status: number;
  readonly text: string;
  readonly body: T;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ProblemAnswer {
  readonly code: string;
  readonly status: number;
  readonly errors?: readonly { readonly pointer: string }[];
}

export const anOrder = (changes: object = {}): object => ({
  customerId: 'customer-1',
  lines: [
    { sku: 'tea', quantity: 2 },
    { sku: 'cup', quantity: 1 },
  ],
  ...changes,
});

/** Amount of `anOrder()` at the prices of `start()`. */
export const AMOUNT = { amountMinor: 3_498, currency: 'EUR' };

/** Nobody listens there: the service works without its broker, and nobody else's messages get in the way. */
export const NO_BROKER = '127.0.0.1:1';

/** The whole service on a database of its own, with a price list, driven over HTTP on a real port. */
export class OrderServiceUnderTest {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: TestDatabase,
    readonly url: string,
  ) {}

  static async start(environment: NodeJS.ProcessEnv = {}): Promise<OrderServiceUnderTest> {
    const database = await createDatabase({ migrations });
    const service = await OrderServiceUnderTest.on(database, environment);
    await service.put('/products/tea', { name: 'Green tea', unitPriceMinor: 1_499, currency: 'EUR' });
    await service.put('/products/cup', { name: 'Cup', unitPriceMinor: 500, currency: 'EUR' });
    await service.put('/products/dollar', { name: 'Priced in dollars', unitPriceMinor: 1, currency: 'USD' });
    return service;
  }

  /** Another instance on the same database. */
  static async on(database: TestDatabase, environment: NodeJS.ProcessEnv = {}): Promise<OrderServiceUnderTest> {
    const logger = createLogger({ name: 'order', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
    const options = orderService(
      { ORDER_DATABASE_URL: database.url, ROCKETMQ_ENDPOINT: NO_BROKER, ORDER_PORT: '0', ...environment },
      logger,
      new Registry(),
    );
    const app = await createService(options);
    await app.listen(0, '127.0.0.1');
    return new OrderServiceUnderTest(app, database, await app.getUrl());
  }

  async stop(): Promise<void> {
    await this.close();
    await this.database.drop();
  }

  /** Leaves the database to other instances. */
  async close(): Promise<void> {
    await this.app.close();
  }

  /** For what its sweeper would do meanwhile. */
  async stopSweeping(): Promise<void> {
    await this.app.get(ExpireOverdueOrders).onModuleDestroy();
  }

  async request<T>(method: string, path: string, body?: unknown, headers: object = {}): Promise<Answer<T>> {
    const response = await fetch(this.url + path, {
      method,
      signal: AbortSignal.timeout(10_000),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    // The service's own contract; the specs assert on the fields.
    const parsed = (isJson && text ? JSON.parse(text) : undefined) as T;
    return { status: response.status, text, body: parsed, headers: Object.fromEntries(response.headers) };
  }

  get<T = OrderAnswer>(path: string): Promise<Answer<T>> {
    return this.request('GET', path);
  }
  put<T = OrderAnswer>(path: string, body: unknown): Promise<Answer<T>> {
    return this.request('PUT', path, body);
  }
  post<T = OrderAnswer>(path: string, body?: unknown, headers?: object): Promise<Answer<T>> {
    return this.request('POST', path, body, headers);
  }

  place<T = OrderAnswer>(body: unknown = anOrder(), key: string = randomUUID()): Promise<Answer<T>> {
    return this.post('/orders', body, { 'idempotency-key': key });
  }
  pay<T = { paymentId: string; state: string }>(orderId: string, payment: object = {}): Promise<Answer<T>> {
    return this.post(`/orders/${orderId}/payments`, { paymentId: `pay-${randomUUID()}`, ...AMOUNT, ...payment });
  }
  cancel<T = OrderAnswer>(orderId: string): Promise<Answer<T>> {
    return this.post(`/orders/${orderId}/cancellation`);
  }
  async statusOf(orderId: string): Promise<string> {
    return (await this.get(`/orders/${orderId}`)).body.status;
  }

  async rows<R extends object>(sql: string, values: unknown[] = []): Promise<R[]> {
    return (await this.database.owner.query<R>(sql, values)).rows;
  }

  /** How many rows every table of the service has: unchanged means that nothing was written. */
  async census(): Promise<object> {
    const [row] = await this.rows<object>(
      `select (select count(*) from orders) as orders, (select count(*) from order_line) as lines,
              (select count(*) from payment) as payments, (select count(*) from idempotency) as keys,
              (select count(*) from product) as products, (select count(*) from mq.transaction_log) as log,
              (select md5(string_agg(o::text, ',' order by order_id)) from orders o) as order_rows,
              (select md5(string_agg(p::text, ',' order by sku)) from product p) as product_rows`,
    );
    return row ?? {};
  }
}

/** The order service's invariants (O1, O3–O6), each a query that returns no row. */
const INVARIANTS: Readonly<Record<string, string>> = {
  O1: `select order_id from orders where flow = 'reserve-on-commit' and not exists (select from mq.transaction_log
        where message_key = order_id::text and event_type = 'order.placed' and decision = 'COMMITTED')`,
  'each order with a deduction has its decision, and its intent is kept': `select order_id from orders o
        where flow = 'return-on-failure' and not (
          exists (select from mq.transaction_log where id = o.order_id and decision = 'COMMITTED')
          and exists (select from return_intent i where i.order_id = o.order_id and i.state = 'KEPT'))`,
  'each kept intent has its order': `select order_id from return_intent where state = 'KEPT'
        and not exists (select from orders o where o.order_id = return_intent.order_id and flow = 'return-on-failure')`,
  O3: `select id from mq.transaction_log where event_type = 'order.placed' and decision = 'COMMITTED'
        and not exists (select from orders where order_id::text = message_key)`,
  O4: `select order_id from orders o where (status = 'PAID') <> (
        select count(*) = 1 from payment p where p.order_id = o.order_id and state = 'CAPTURED')`,
  O5: `select order_id from orders full join idempotency using (order_id) group by order_id having count(key) <> 1`,
  O6: `select message_key from mq.transaction_log where decision = 'COMMITTED'
        group by message_key having count(distinct event_type) filter (where event_type in ('order.paid', 'order.cancelled')) > 1
            or count(*) filter (where event_type = 'order.placed') > 1
            or count(*) filter (where event_type = 'order.paid') > 1
            or count(*) filter (where event_type = 'order.cancelled') > 1`,
  'each cancelled order has its event': `select order_id from orders where (status = 'CANCELLED') <> exists (
        select from mq.transaction_log where message_key = order_id::text and event_type = 'order.cancelled'
           and decision = 'COMMITTED')`,
  'each paid order has its event': `select order_id from orders where (status = 'PAID') <> exists (
        select from mq.transaction_log where message_key = order_id::text and event_type = 'order.paid'
           and decision = 'COMMITTED')`,
  'the amount is the sum of the lines': `select o.order_id from orders o join order_line using (order_id)
        group by o.order_id, o.amount_minor having o.amount_minor <> sum(quantity * unit_price_minor)`,
  'money went back once, for refunded payments only': `select payment_id from payment p
        full join simulated_provider.refund r using (payment_id)
        where r.payment_id is not null and (p.state is distinct from 'REFUNDED' and p.state is distinct from 'REFUND_DUE'
              or r.amount_minor <> p.amount_minor)
           or p.state = 'REFUNDED' and r.payment_id is null`,
};

export async function expectInvariants(service: OrderServiceUnderTest): Promise<void> {
  const broken: Record<string, object[]> = {};
  for (const [name, sql] of Object.entries(INVARIANTS)) {
    const rows = await service.rows(sql);
    if (rows.length) broken[name] = rows;
  }
  expect(broken).toEqual({});
}
