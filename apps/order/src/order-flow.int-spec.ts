/**
 * The whole service with a real broker of its own (nobody else's messages, and its topics and groups are free), against an
 * inventory that answers by rule: real topics, half messages, relay, alarms; the real inventory meets it in test/e2e.
 */
import { inventoryEvents, OrderCancelled, orderEvents, OrderPaid, OrderPlaced } from '@halfway/contracts';
import { MqModule, mqMigrations, OnBatch, reply, type Reply } from '@halfway/mq';
import { createLogger } from '@halfway/service';
import { type INestApplicationContext, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Registry } from 'prom-client';
import { startStack } from '../../../stack/index.mjs';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { eventually } from '../../../test/support/eventually.js';
import { anOrder, expectInvariants, OrderServiceUnderTest } from './order.fixture-spec.js';

const group = 'inventory';

@Injectable()
class InventoryByRule {
  @OnBatch(orderEvents.placed, { group })
  reserve(events: readonly OrderPlaced[]): Reply[] {
    return events.map(({ orderId, lines }) =>
      lines.some(({ sku }) => sku === 'dollar')
        ? reply(inventoryEvents.refused, { orderId, reason: 'none left' })
        : reply(inventoryEvents.reserved, { orderId }),
    );
  }
  @OnBatch(orderEvents.paid, { group })
  sell(events: readonly OrderPaid[]): Reply[] {
    return events.map(({ orderId }) => reply(inventoryEvents.sold, { orderId }));
  }
  @OnBatch(orderEvents.cancelled, { group })
  release(events: readonly OrderCancelled[]): Reply[] {
    return events.map(({ orderId }) => reply(inventoryEvents.released, { orderId }));
  }
}

let stack: Awaited<ReturnType<typeof startStack>>;
let inventoryDatabase: TestDatabase;
let inventory: INestApplicationContext;
let service: OrderServiceUnderTest;

beforeAll(async () => {
  stack = await startStack({ profile: 'test', log: () => undefined });
  inventoryDatabase = await createDatabase({ migrations: mqMigrations });
  const log = createLogger({ name: 'inventory', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  @Module({
    imports: [
      MqModule.forRootAsync({
        useFactory: () => ({
          source: 'inventory',
          connection: { endpoint: stack.rocketmqEndpoint },
          pool: inventoryDatabase.pool,
          publishes: [inventoryEvents],
          log,
          registry: new Registry(),
        }),
      }),
    ],
    providers: [InventoryByRule],
  })
  class InventoryModule {}
  inventory = await NestFactory.createApplicationContext(InventoryModule, { logger: false, abortOnError: false });
  service = await OrderServiceUnderTest.start({ ROCKETMQ_ENDPOINT: stack.rocketmqEndpoint });
}, 120_000);

afterAll(async () => {
  await service.stop();
  await inventory.close();
  await inventoryDatabase.drop();
  await stack.stop();
}, 120_000);

afterEach(() => expectInvariants(service));

const becomes = (orderId: string, status: string, instance = service) =>
  eventually(async () => expect(await instance.statusOf(orderId)).toBe(status), { withinMs: 30_000 });

/** Every event of the order was answered, and its answer applied here. */
const acknowledged = (orderId: string, ...types: string[]) =>
  eventually(
    async () => {
      const rows = await service.rows<{ event_type: string }>(
        `select event_type from mq.transaction_log where message_key = $1 and acknowledged_at is not null order by id`,
        [orderId],
      );
      expect(rows.map(({ event_type }) => event_type)).toEqual(types);
    },
    { withinMs: 30_000 },
  );

describe('an order, over a real broker', () => {
  it('is reserved, paid and sold', async () => {
    const { orderId } = (await service.place()).body;
    await becomes(orderId, 'AWAITING_PAYMENT');
    expect((await service.pay(orderId)).body.state).toBe('CAPTURED');
    expect((await service.get(`/orders/${orderId}`)).body).toMatchObject({ status: 'PAID', version: 3 });
    await acknowledged(orderId, 'order.placed', 'order.paid');
  });

  it('is rejected when the stock is refused', async () => {
    const { orderId } = (await service.place(anOrder({ lines: [{ sku: 'dollar', quantity: 1 }] }))).body;
    await becomes(orderId, 'REJECTED');
    await acknowledged(orderId, 'order.placed');
  });

  it('is cancelled by the customer, before or after its reservation', async () => {
    const { orderId } = (await service.place()).body;
    expect((await service.cancel(orderId)).status).toBe(200);
    await acknowledged(orderId, 'order.placed', 'order.cancelled');
    expect(await service.statusOf(orderId)).toBe('CANCELLED');
  });

  it('goes through in a crowd, each exactly once', async () => {
    const placed = await Promise.all(Array.from({ length: 60 }, () => service.place()));
    const orderIds = placed.map(({ body }) => body.orderId);
    await Promise.all(orderIds.map((orderId) => becomes(orderId, 'AWAITING_PAYMENT')));
    const versions = await service.rows<{ version: number }>('select version from orders where order_id = any($1)', [
      orderIds,
    ]);
    expect(new Set(versions.map(({ version }) => version))).toEqual(new Set([2]));
  });

  it('reports the connections of both instances as ready', async () => {
    expect(await service.get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });
});

describe('an order that nobody pays', () => {
  let hasty: OrderServiceUnderTest;
  beforeAll(async () => {
    hasty = await OrderServiceUnderTest.on(service.database, {
      ROCKETMQ_ENDPOINT: stack.rocketmqEndpoint,
      PAYMENT_WINDOW_MS: '1000',
    });
    // Only the alarms are on trial here.
    for (const instance of [service, hasty]) await instance.stopSweeping();
  });
  afterAll(() => hasty.close());

  it('is cancelled by its alarm alone', async () => {
    const { orderId } = (await hasty.place()).body;
    await becomes(orderId, 'CANCELLED', hasty);
    expect((await hasty.get(`/orders/${orderId}`)).body.cancelReason).toBe('PAYMENT_TIMEOUT');
    await acknowledged(orderId, 'order.placed', 'order.cancelled');
  });

  it('is cancelled when the window closes, not when an alarm comes too early', async () => {
    const { orderId } = (await hasty.place()).body;
    await service.rows(`update orders set expires_at = clock_timestamp() + interval '4 s' where order_id = $1`, [
      orderId,
    ]);
    await becomes(orderId, 'CANCELLED', hasty);
    const [{ early } = { early: undefined }] = await service.rows<{ early: boolean }>(
      `select decided_at < expires_at as early from orders join mq.transaction_log on message_key = order_id::text
        where order_id = $1 and event_type = 'order.cancelled'`,
      [orderId],
    );
    expect(early).toBe(false);
  });

  it('keeps an order that was paid in time', async () => {
    const { orderId } = (await hasty.place()).body;
    await becomes(orderId, 'AWAITING_PAYMENT', hasty);
    const paid = await hasty.pay(orderId);
    await eventually(async () => {
      const [{ over } = { over: false }] = await service.rows<{ over: boolean }>(
        `select expires_at < clock_timestamp() - interval '3 s' as over from orders where order_id = $1`,
        [orderId],
      );
      expect(over).toBe(true);
    });
    expect(await hasty.statusOf(orderId)).toBe(paid.body.state === 'CAPTURED' ? 'PAID' : 'CANCELLED');
  });
});
