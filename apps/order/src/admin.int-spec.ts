import { randomUUID } from 'node:crypto';
import { AdminModule } from '@halfway/service';
import { type OrderAnswer, OrderServiceUnderTest } from './order.fixture-spec.js';

const HALFWAY_ADMIN_TOKEN = 'a-token-that-nobody-guesses';

interface FaultState {
  readonly armed: readonly object[];
  readonly hits: Readonly<Record<string, number>>;
  readonly fired: readonly object[];
}

// Without a broker: what is shown here is between the admin listener, the use cases and PostgreSQL.
describe('the admin listener of the order service', () => {
  let service: OrderServiceUnderTest;
  beforeAll(async () => {
    service = await OrderServiceUnderTest.start({ HALFWAY_FAULTS: 'on', ORDER_ADMIN_PORT: '0', HALFWAY_ADMIN_TOKEN });
  });
  afterAll(() => service.stop());

  const admin = async <T = FaultState>(method: string, path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${service.app.get(AdminModule, { strict: false }).port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${HALFWAY_ADMIN_TOKEN}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    // The specs assert on the fields.
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T };
  };
  const arm = async (plan: string): Promise<void> => {
    expect(await admin('PUT', '/faults', { plan })).toMatchObject({ status: 200, body: { hits: {}, fired: [] } });
  };
  const placed = async (): Promise<OrderAnswer> => (await service.place()).body;

  it('arms a point of a running service: the step fails, is undone, and succeeds the next time', async () => {
    const { orderId } = await placed();
    await arm('cancel.after-update:error:1');
    expect((await service.cancel(orderId)).status).toBe(500);
    expect(await service.statusOf(orderId)).toBe('PENDING');
    expect((await service.cancel(orderId)).body.status).toBe('CANCELLED');
    const { body } = await admin('GET', '/faults');
    expect(body.hits).toMatchObject({ 'cancel.after-update': 2, 'publish.after-commit@order.cancelled': 1 });
    expect(body.fired).toMatchObject([{ point: 'cancel.after-update', kind: 'error', hit: 1 }]);
  });

  it('narrows a point to one event type', async () => {
    await arm('publish.before-commit@order.cancelled:error:every');
    const { orderId } = await placed();
    expect((await service.cancel(orderId)).status).toBe(500);
    expect((await admin('DELETE', '/faults')).status).toBe(204);
    expect((await service.cancel(orderId)).status).toBe(200);
  });

  it('finds out the end of a transaction whose COMMIT gets no answer', async () => {
    await arm('publish.before-commit-answer@order.placed:error:1');
    const { status, body } = await service.place();
    expect(status).toBe(201);
    expect(await service.statusOf(body.orderId)).toBe('PENDING');
    expect((await admin('GET', '/faults')).body.hits).toMatchObject({ 'resolve.before-answer@in-doubt': 1 });
  });

  it.each(['place.before-lookup', 'place.after-lookup', 'publish.after-decision'])(
    'leaves nothing behind when %s fails',
    async (point) => {
      const before = await service.census();
      await arm(`${point}:error:1`);
      expect((await service.place()).status).toBe(500);
      expect(await service.census()).toEqual(before);
    },
  );

  it('keeps the order when the answer is lost', async () => {
    await arm('place.before-answer:error:1');
    const key = randomUUID();
    expect((await service.place(undefined, key)).status).toBe(500);
    expect(await service.place(undefined, key)).toMatchObject({
      status: 201,
      headers: { 'idempotency-replayed': 'true' },
    });
  });

  it('takes an order although its alarm cannot be set', async () => {
    await arm('timer.before-send:error:1');
    expect((await service.place()).status).toBe(201);
  });

  it('shows and replays what is in quarantine', async () => {
    const [row] = await service.rows<{ id: string }>(
      `insert into mq.parked_message (consumer_group, message_key, state, topic, event_id, message_id, keys, properties, body,
                                      body_bytes, corrupted, deliveries, code, reason, settled_at)
       values ('order', 'key', 'QUARANTINED', 'inventory-events', 'message:1', '1', '[]', '{}', 'no JSON', 7, false, 1,
               'MQ_UNPROCESSABLE', 'It is no JSON.', clock_timestamp()) returning id`,
    );
    const { body } = await admin<{ messages: object[] }>('GET', '/quarantine?group=order');
    expect(body.messages).toMatchObject([{ id: row?.id, body: 'no JSON', reason: 'It is no JSON.' }]);
    expect((await admin('POST', `/quarantine/${row?.id}/replay`)).status).toBe(204);
    expect(await admin('POST', '/quarantine/0/replay')).toMatchObject({
      status: 404,
      body: { code: 'MQ_NOT_IN_QUARANTINE' },
    });
  });
});

it('does not start with timings from the environment that break the budget', async () => {
  await expect(OrderServiceUnderTest.start({ MQ_TIMINGS: 'leaseMs=5000' })).rejects.toThrow(
    'leaseMs (5000) must be at least 10000',
  );
});
