import { LocalTransactions } from '@halfway/mq';
import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { openPostgresWire, type PostgresWire } from '../../../../../scenarios/faults/postgres-wire.js';
import {
  AMOUNT,
  anOrder,
  expectInvariants,
  OrderServiceUnderTest,
  type ProblemAnswer,
} from '../../order.fixture-spec.js';
import { FakeInventory, refuses, reserves } from './fake-inventory.fixture-spec.js';
import { StockReturnedHandler } from './stock-returned.handler.js';
import { SweepReturns } from './sweep-returns.js';

/** No broker: what is shown here holds with the intents alone. With one it is shown in scenarios/. */
interface Intent {
  readonly order_id: string;
  readonly state: string;
  readonly idempotency_key: string | null;
  readonly due_in_ms: number | null;
}

const aReturn = (changes: object = {}): object => anOrder({ flow: 'return-on-failure', ...changes });

const intentsOf = (service: OrderServiceUnderTest, inventory: FakeInventory): Promise<Intent[]> =>
  service.rows<Intent>(
    `select order_id, state, idempotency_key,
            extract(epoch from next_attempt_at - clock_timestamp())::float8 * 1000 as due_in_ms
       from return_intent where order_id = any($1) order by order_id`,
    [inventory.asked.map(({ orderId }) => orderId)],
  );

const decisionOf = async (service: OrderServiceUnderTest, id: string): Promise<string | undefined> => {
  const [row] = await service.rows<{ decision: string }>('select decision from mq.transaction_log where id = $1', [id]);
  return row?.decision;
};

describe('POST /orders with the flow "return-on-failure"', () => {
  let inventory: FakeInventory;
  let service: OrderServiceUnderTest;
  beforeAll(async () => {
    inventory = await FakeInventory.start();
    service = await OrderServiceUnderTest.start({ INVENTORY_URL: inventory.url });
  });
  afterAll(async () => {
    await service.stop();
    await inventory.stop();
  });
  beforeEach(() => {
    inventory.asked.length = 0;
    inventory.behaviour = reserves;
  });
  afterEach(() => expectInvariants(service));

  it('answers 201 AWAITING_PAYMENT when the stock was deducted, and keeps it with the order in one transaction', async () => {
    const { status, body, headers } = await service.place(aReturn());
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'AWAITING_PAYMENT', flow: 'return-on-failure', ...AMOUNT, version: 1 });
    expect(headers['location']).toBe(`/orders/${body.orderId}`);
    expect((await service.get(`/orders/${body.orderId}`)).body).toEqual(body);
    expect(inventory.asked).toEqual([
      {
        orderId: body.orderId,
        lines: [
          { sku: 'tea', quantity: 2 },
          { sku: 'cup', quantity: 1 },
        ],
      },
    ]);
    expect(await decisionOf(service, body.orderId)).toBe('COMMITTED');
    expect(await intentsOf(service, inventory)).toEqual([
      { order_id: body.orderId, state: 'KEPT', idempotency_key: expect.any(String), due_in_ms: null },
    ]);
  });

  it('can be paid at once, and cancelled, as any other order', async () => {
    const [paid, cancelled] = [await service.place(aReturn()), await service.place(aReturn())];
    expect((await service.pay(paid.body.orderId)).body.state).toBe('CAPTURED');
    expect((await service.cancel(cancelled.body.orderId)).body.status).toBe('CANCELLED');
  });

  it('answers 201 REJECTED when the stock is short: the order is recorded, as in the other flow', async () => {
    inventory.behaviour = refuses;
    const { status, body } = await service.place(aReturn());
    expect([status, body.status]).toEqual([201, 'REJECTED']);
    expect(await intentsOf(service, inventory)).toMatchObject([{ state: 'KEPT' }]);
  });

  it('repeats its answer word for word, and deducts once', async () => {
    const key = randomUUID();
    const first = await service.place(aReturn(), key);
    const again = await service.place(aReturn(), key);
    expect(again.text).toBe(first.text);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(inventory.asked).toHaveLength(1);
  });

  it('does not take the other flow for a repetition', async () => {
    const key = randomUUID();
    await service.place(aReturn(), key);
    expect(await service.place<ProblemAnswer>(anOrder(), key)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
  });

  it('deducts once for 20 requests with one key at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.place(aReturn(), key)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
    for (const { status, headers } of answers) expect(headers['retry-after']).toBe(status === 409 ? '1' : undefined);
    expect(inventory.asked).toHaveLength(1);
  });

  it('asks for nothing when the order is not valid', async () => {
    const refused = await service.place(aReturn({ lines: [{ sku: 'nothing', quantity: 1 }] }));
    expect(refused.status).toBe(422);
    expect(inventory.asked).toEqual([]);
  });

  it.each<[string, FakeInventory['behaviour']]>([
    ['answers with an error', async () => ({ status: 503, body: { code: 'UNAVAILABLE' } })],
    ['answers with nonsense', async () => ({ status: 201, body: [] })],
    ['does not answer in time', async () => 'silence'],
  ])(
    'answers 503 when the inventory %s, has what it may have deducted given back, and the key is free',
    async (_, wrong) => {
      const key = randomUUID();
      inventory.behaviour = wrong;
      const answer = await service.place<ProblemAnswer>(aReturn(), key);
      expect(answer).toMatchObject({ status: 503, body: { code: 'INVENTORY_UNAVAILABLE' } });
      expect(answer.headers['retry-after']).toBe('1');
      const [intent] = await intentsOf(service, inventory);
      expect(intent).toMatchObject({ state: 'OPEN', idempotency_key: null });
      expect(await decisionOf(service, intent?.order_id ?? '')).toBe('ABORTED');

      inventory.behaviour = reserves;
      const again = await service.place(aReturn(), key);
      expect(again).toMatchObject({ status: 201, body: { status: 'AWAITING_PAYMENT' } });
      expect(again.body.orderId).not.toBe(intent?.order_id);
    },
  );

  it('does not go on when the return was faster than the deduction', async () => {
    inventory.behaviour = async () => ({ status: 409, body: { code: 'RESERVATION_RELEASED' } });
    expect(await service.place<ProblemAnswer>(aReturn())).toMatchObject({
      status: 503,
      body: { code: 'ATTEMPT_GIVEN_UP' },
    });
  });

  it('places nothing when it was given up while it deducted', async () => {
    inventory.behaviour = async (asked) => {
      // A check-back of an attempt that is too old, or a repetition that took its key.
      expect(await service.app.get(LocalTransactions).abort(asked.orderId)).toBe('ABORTED');
      return reserves(asked);
    };
    const answer = await service.place<ProblemAnswer>(aReturn());
    expect(answer).toMatchObject({ status: 503, body: { code: 'MQ_TRANSACTION_FENCED' } });
    expect(await intentsOf(service, inventory)).toMatchObject([{ state: 'OPEN' }]);
  });

  it('closes an intent when its stock is back, and only one that is open', async () => {
    inventory.behaviour = async () => ({ status: 503, body: {} });
    await service.place(aReturn());
    const [orderId = ''] = inventory.asked.map((asked) => asked.orderId);
    const told = (id: string) =>
      service.app
        .get(LocalTransactions)
        .run((tx) => service.app.get(StockReturnedHandler).close([{ orderId: id }], tx));
    await told(orderId);
    await told(orderId);
    expect(await intentsOf(service, inventory)).toMatchObject([{ state: 'RETURNED', due_in_ms: null }]);

    inventory.behaviour = reserves;
    const { body } = await service.place(aReturn());
    await expect(told(body.orderId)).rejects.toMatchObject({ code: 'MQ_UNPROCESSABLE' });
    await expect(told(randomUUID())).rejects.toMatchObject({ code: 'MQ_UNPROCESSABLE' });
  });

  it('keeps a return due while the broker is away, and counts no attempt', async () => {
    inventory.behaviour = async () => ({ status: 503, body: {} });
    await service.place(aReturn());
    const sweep = service.app.get(SweepReturns);
    await sweep.onModuleDestroy();
    await service.rows('update return_intent set next_attempt_at = now() where state = $1', ['OPEN']);
    await sweep.execute();
    const [intent] = await service.rows<{ attempts: number; due: number }>(
      `select attempts, extract(epoch from next_attempt_at - clock_timestamp())::float8 as due from return_intent where order_id = $1`,
      [inventory.asked[0]?.orderId],
    );
    expect(intent?.attempts).toBe(0);
    expect(intent?.due).toBeLessThan(2);
    sweep.onApplicationBootstrap();
  });

  it('looks again soon, and counts no attempt, while an attempt may still be at work', async () => {
    const young = uuidv7();
    const sweep = service.app.get(SweepReturns);
    await sweep.onModuleDestroy();
    await service.rows('insert into return_intent (order_id, next_attempt_at) values ($1, now())', [young]);
    await sweep.execute();
    const [intent] = await service.rows<{ attempts: number; due: number }>(
      `select attempts, extract(epoch from next_attempt_at - clock_timestamp())::float8 as due from return_intent where order_id = $1`,
      [young],
    );
    expect(intent?.attempts).toBe(0);
    expect(intent?.due).toBeLessThan(2);
    expect(await decisionOf(service, young)).toBeUndefined();
    sweep.onApplicationBootstrap();
  });
});

describe('an attempt that died', () => {
  let inventory: FakeInventory;
  let service: OrderServiceUnderTest;
  beforeAll(async () => {
    inventory = await FakeInventory.start();
    service = await OrderServiceUnderTest.start({
      INVENTORY_URL: inventory.url,
      HALFWAY_FAULTS: 'compensate.after-deduction:delay:4000:1',
    });
  });
  afterAll(async () => {
    await service.stop();
    await inventory.stop();
  });

  it('holds its key for 10 s, then a repetition takes it: the dead one can never place its order', async () => {
    const key = randomUUID();
    // It stands still at the worst moment: deducted, and not stored.
    const hanging = service.place<ProblemAnswer>(aReturn(), key);
    while (inventory.asked.length === 0) await new Promise(setImmediate);
    expect(await service.place<ProblemAnswer>(aReturn(), key)).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_KEY_IN_FLIGHT' },
    });
    await service.rows(`update return_intent set created_at = created_at - interval '11 s'`);
    const again = await service.place(aReturn(), key);
    expect(again).toMatchObject({ status: 201, body: { status: 'AWAITING_PAYMENT' } });
    const [dead = ''] = inventory.asked.map(({ orderId }) => orderId);
    expect(await decisionOf(service, dead)).toBe('ABORTED');
    expect(await intentsOf(service, inventory)).toMatchObject([
      { order_id: dead, state: 'OPEN', idempotency_key: null },
      { order_id: again.body.orderId, state: 'KEPT' },
    ]);
    expect(await hanging).toMatchObject({ status: 503, body: { code: 'MQ_TRANSACTION_FENCED' } });
    await expectInvariants(service);
  });
});

describe('an attempt whose answer to COMMIT is lost', () => {
  let inventory: FakeInventory;
  let direct: OrderServiceUnderTest;
  let service: OrderServiceUnderTest;
  let wire: PostgresWire;
  beforeAll(async () => {
    inventory = await FakeInventory.start();
    direct = await OrderServiceUnderTest.start();
    wire = await openPostgresWire(direct.database.url);
    service = await OrderServiceUnderTest.on(direct.database, {
      ORDER_DATABASE_URL: wire.url,
      INVENTORY_URL: inventory.url,
    });
    // Its transactions would spring the trap.
    await service.stopSweeping();
  });
  afterAll(async () => {
    await service.close();
    await wire.close();
    await direct.stop();
    await inventory.stop();
  });

  it.each([
    ['answer-lost', 201, 'KEPT'],
    ['never-arrives', 503, 'OPEN'],
  ] as const)('is decided by the database: %s', async (trap, status, state) => {
    inventory.asked.length = 0;
    const key = randomUUID();
    wire.trapCommit(trap);
    const first = await service.place(aReturn(), key);
    expect(wire.trapped).toBe(true);
    expect(first.status).toBe(status);
    expect(await intentsOf(service, inventory)).toMatchObject([{ state }]);
    const again = await service.place(aReturn(), key);
    expect(again).toMatchObject({ status: 201, body: { status: 'AWAITING_PAYMENT' } });
    expect('idempotency-replayed' in again.headers).toBe(status === 201);
    await expectInvariants(service);
  });
});
