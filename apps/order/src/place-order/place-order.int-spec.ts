import { randomUUID } from 'node:crypto';
import { openPostgresWire, type PostgresWire } from '../../../../scenarios/faults/postgres-wire.js';
import { eventually } from '../../../../test/support/eventually.js';
import { AMOUNT, anOrder, expectInvariants, OrderServiceUnderTest, type ProblemAnswer } from '../order.fixture-spec.js';

// The foreign key is checked at once, so the order comes first, as a copy of another one.
const takeKey = `
  with copy as (
    insert into orders select gen_random_uuid(), customer_id, status, cancel_reason, flow, amount_minor, currency,
                              expires_at, created_at, version from orders where order_id = $2 returning order_id)
  insert into idempotency select $1, 'hash', order_id, '{}', clock_timestamp() from copy on conflict do nothing`;

describe('POST /orders', () => {
  let service: OrderServiceUnderTest;
  beforeAll(async () => {
    service = await OrderServiceUnderTest.start();
  });
  afterAll(() => service.stop());
  afterEach(() => expectInvariants(service));

  it('answers 201 with the priced order and where it is', async () => {
    const { status, body, headers } = await service.place();
    expect(status).toBe(201);
    expect(headers['location']).toBe(`/orders/${body.orderId}`);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    expect(headers).not.toHaveProperty('idempotency-replayed');
    expect(Object.keys(body)).toEqual([
      'orderId',
      'customerId',
      'status',
      'cancelReason',
      'flow',
      'lines',
      'amountMinor',
      'currency',
      'expiresAt',
      'createdAt',
      'version',
      'payments',
    ]);
    expect(body).toMatchObject({
      status: 'PENDING',
      cancelReason: null,
      flow: 'reserve-on-commit',
      lines: [
        { sku: 'tea', quantity: 2, unitPriceMinor: 1_499 },
        { sku: 'cup', quantity: 1, unitPriceMinor: 500 },
      ],
      ...AMOUNT,
      version: 1,
      payments: [],
    });
    expect((await service.get(`/orders/${body.orderId}`)).body).toEqual(body);
  });

  it("takes the payment window from PostgreSQL's clock", async () => {
    const { body } = await service.place();
    const [row] = await service.rows<{ window_ms: number; age_ms: number }>(
      `select extract(epoch from expires_at - created_at)::float8 * 1000 as window_ms,
              extract(epoch from clock_timestamp() - created_at)::float8 * 1000 as age_ms
         from orders where order_id = $1`,
      [body.orderId],
    );
    expect(row?.window_ms).toBe(1_800_000);
    expect(row?.age_ms).toBeGreaterThanOrEqual(0);
    expect(row?.age_ms).toBeLessThan(10_000);
  });

  it('records the event with the order, for the inventory: no prices, no customer', async () => {
    const { body } = await service.place();
    const events = await service.rows('select event_type, body from mq.transaction_log where message_key = $1', [
      body.orderId,
    ]);
    const lines = [
      { sku: 'tea', quantity: 2 },
      { sku: 'cup', quantity: 1 },
    ];
    expect(events).toEqual([{ event_type: 'order.placed', body: { orderId: body.orderId, lines } }]);
  });

  it('answers a repetition word for word, even when the order and the prices have moved on', async () => {
    const key = randomUUID();
    await service.put('/products/plum', { name: 'Plum', unitPriceMinor: 10, currency: 'EUR' });
    const body = anOrder({ lines: [{ sku: 'plum', quantity: 3 }] });
    const first = await service.place(body, key);
    await service.put('/products/plum', { name: 'Plum', unitPriceMinor: 11, currency: 'EUR' });
    await service.cancel(first.body.orderId);

    const again = await service.place(body, key);
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.headers['location']).toBe(first.headers['location']);
    expect(again.headers['content-type']).toBe(first.headers['content-type']);
  });

  it('takes the same order written differently for a repetition', async () => {
    const key = randomUUID();
    const first = await service.place('{"customerId":"c","lines":[{"sku":"tea","quantity":1}]}', key);
    const again = await service.place(
      '{ "lines": [ { "quantity": 1, "sku": "tea" } ], "flow": "reserve-on-commit", "customerId": "c" }',
      key,
    );
    expect(again.text).toBe(first.text);
  });

  it('refuses another body under the same key with 422, and places nothing', async () => {
    const key = randomUUID();
    await service.place(anOrder(), key);
    const before = await service.census();
    const other = await service.place<ProblemAnswer>(anOrder({ customerId: 'customer-2' }), key);
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await service.census()).toEqual(before);
  });

  it('places two orders for two keys, whatever their bodies', async () => {
    const [one, two] = [await service.place(), await service.place()];
    expect(one.body.orderId).not.toBe(two.body.orderId);
  });

  it('places one order when 50 requests with one key come at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 50 }, () => service.place(anOrder(), key)));
    const placed = answers.filter(({ status }) => status === 201);
    const inFlight = answers.filter(({ status }) => status === 409);
    expect(placed.length + inFlight.length).toBe(50);
    expect(placed.length).toBeGreaterThan(0);
    expect(new Set(placed.map(({ text }) => text)).size).toBe(1);
    expect(placed.filter(({ headers }) => !('idempotency-replayed' in headers))).toHaveLength(1);
    for (const { headers } of inFlight) expect(headers['retry-after']).toBe('1');
    expect(await service.rows('select order_id from idempotency where key = $1', [key])).toHaveLength(1);
    const events = `select id from mq.transaction_log where message_key = $1`;
    expect(await service.rows(events, [placed[0]?.body.orderId])).toHaveLength(1);
  });

  it('places the good orders of a crowd and refuses the bad ones', async () => {
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => {
        if (i % 3 === 0) return service.place(anOrder({ customerId: `c${i}` }), key);
        if (i % 3 === 1) return service.place(anOrder({ lines: [{ sku: 'nothing', quantity: 1 }] }));
        return service.place();
      }),
    );
    const statuses = (remainder: number) => answers.filter((_, i) => i % 3 === remainder).map(({ status }) => status);
    expect(statuses(0).filter((status) => status === 201)).toHaveLength(1);
    expect(statuses(0).every((status) => [201, 409, 422].includes(status))).toBe(true);
    expect(statuses(1)).toEqual(Array(20).fill(422));
    expect(statuses(2)).toEqual(Array(20).fill(201));
  });

  it('answers 409 with Retry-After while another transaction holds the key, and 201 once it has given up', async () => {
    const key = randomUUID();
    const { body: other } = await service.place();
    const holder = await service.database.owner.connect();
    await holder.query('begin');
    await holder.query(takeKey, [key, other.orderId]);
    try {
      const waiting = await service.place<ProblemAnswer>(anOrder(), key);
      expect(waiting).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_IN_FLIGHT' } });
      expect(waiting.headers['retry-after']).toBe('1');
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    expect((await service.place(anOrder(), key)).status).toBe(201);
  });

  it('takes the keys of requests that share a transaction in one order, so that no two instances wait for each other', async () => {
    const [first, second] = [`1-${randomUUID()}`, `2-${randomUUID()}`];
    const { body: another } = await service.place();
    const instance = await service.database.owner.connect();
    await instance.query("begin; set local lock_timeout = '100ms'");
    await instance.query(takeKey, [first, another.orderId]);
    // The first of a crowd are on their way alone; these come last, and share.
    const crowd = [...Array.from({ length: 20 }, () => `3-${randomUUID()}`), second, first];
    const answers = Promise.all(crowd.map((key) => service.place(anOrder(), key)));
    try {
      const waiting = `select from pg_locks join pg_stat_activity using (pid) where not granted and datname = current_database()`;
      await eventually(async () => expect(await service.rows(waiting)).toHaveLength(1));
      // Whoever waits for the first key does not hold the second.
      await instance.query(takeKey, [second, another.orderId]);
    } finally {
      await instance.query('rollback');
      instance.release();
    }
    expect((await answers).map(({ status }) => status)).toEqual(crowd.map(() => 201));
  });

  it('refuses an amount that no number holds exactly', async () => {
    const dear = Array.from({ length: 10 }, (_, i) => `dear-${i}`);
    for (const sku of dear) await service.put(`/products/${sku}`, { name: sku, unitPriceMinor: 1e12, currency: 'EUR' });
    const order = (lines: number) => anOrder({ lines: dear.slice(0, lines).map((sku) => ({ sku, quantity: 1_000 })) });
    expect(await service.place(order(9))).toMatchObject({ status: 201, body: { amountMinor: 9e15 } });
    const before = await service.census();
    expect(await service.place<ProblemAnswer>(order(10))).toMatchObject({
      status: 422,
      body: { code: 'AMOUNT_TOO_LARGE' },
    });
    expect(await service.census()).toEqual(before);
  });
});

describe('POST /orders when its transaction fails', () => {
  let service: OrderServiceUnderTest;
  afterEach(async () => {
    await expectInvariants(service);
    await service.stop();
  });

  it('leaves neither key nor order nor event, so that the same key places it afterwards', async () => {
    service = await OrderServiceUnderTest.start({ HALFWAY_FAULTS: 'publish.before-commit:error:1' });
    const key = randomUUID();
    const before = await service.census();
    expect((await service.place(anOrder(), key)).status).toBe(500);
    expect(await service.census()).toEqual(before);
    const again = await service.place(anOrder(), key);
    expect(again.status).toBe(201);
    expect(again.headers).not.toHaveProperty('idempotency-replayed');
    expect((await service.get(`/orders/${again.body.orderId}`)).status).toBe(200);
  });
});

describe('POST /orders when the answer to COMMIT is lost', () => {
  let service: OrderServiceUnderTest;
  let direct: OrderServiceUnderTest;
  let wire: PostgresWire;
  beforeAll(async () => {
    direct = await OrderServiceUnderTest.start();
    wire = await openPostgresWire(direct.database.url);
    service = await OrderServiceUnderTest.on(direct.database, {
      ORDER_DATABASE_URL: wire.url,
    });
    // Its transactions would spring the trap.
    await service.stopSweeping();
  });
  afterAll(async () => {
    await service.close();
    await wire.close();
    await direct.stop();
  });

  it.each([
    ['answer-lost', 'it was committed', 201],
    ['never-arrives', 'nothing was done, and the same key is safe', 503],
  ] as const)('finds out what became of it and exists once: %s, %s', async (trap, _meaning, status) => {
    const key = randomUUID();
    wire.trapCommit(trap);
    const first = await service.place(anOrder(), key);
    expect(wire.trapped).toBe(true);
    expect(first.status).toBe(status);
    const again = await service.place(anOrder(), key);
    expect(again.status).toBe(201);
    expect('idempotency-replayed' in again.headers).toBe(status === 201);
    expect(await service.rows('select order_id from idempotency where key = $1', [key])).toEqual([
      { order_id: again.body.orderId },
    ]);
    await expectInvariants(service);
  });
});
