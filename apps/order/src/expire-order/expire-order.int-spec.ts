import { orderTimeouts } from '@halfway/contracts';
import { LocalTransactions, Producer } from '@halfway/mq';
import { createLogger } from '@halfway/service';
import { randomUUID } from 'node:crypto';
import { eventually, throughout } from '../../../../test/support/eventually.js';
import { expectInvariants, OrderServiceUnderTest } from '../order.fixture-spec.js';
import { ExpiryRepository } from '../persistence/expiry.repository.js';
import { ExpireOrder } from './expire-order.js';
import { ExpireOverdueOrders } from './expire-overdue-orders.js';
import { OrderExpiringHandler } from './order-expiring.handler.js';

interface Armed {
  readonly orderId: string;
  readonly at: Date;
}

/** Remembers the alarms that are set again, instead of sending them: what a broker does with them is the flow's spec. */
function handlerThatRemembers(service: OrderServiceUnderTest): {
  readonly fire: (orderId: string) => Promise<void>;
  readonly armed: Armed[];
} {
  const armed: Armed[] = [];
  const producer: Pick<Producer, 'sendLater'> = {
    sendLater: (event, message, when) => {
      expect(event.type).toBe(orderTimeouts.expiring.type);
      // The only event of that topic is OrderExpiring.
      armed.push({ ...(message as unknown as { orderId: string }), at: 'at' in when ? when.at : new Date(NaN) });
      return Promise.resolve({ status: 'SEND_OK', messageId: 'remembered', attempts: 1 });
    },
  };
  const expiry = service.app.get(ExpiryRepository);
  // The use case calls sendLater and nothing else.
  const useCase = new ExpireOrder(expiry, producer as Producer, createLogger({ name: 'order', level: 'silent' }));
  const handler = new OrderExpiringHandler(useCase);
  const fire = (orderId: string) => service.app.get(LocalTransactions).run((tx) => handler.expire({ orderId }, tx));
  return { fire, armed };
}

describe('the end of a payment window', () => {
  let service: OrderServiceUnderTest;
  let other: OrderServiceUnderTest;
  beforeAll(async () => {
    service = await OrderServiceUnderTest.start();
    other = await OrderServiceUnderTest.on(service.database);
  });
  afterAll(async () => {
    await other.close();
    await service.stop();
  });
  afterEach(() => expectInvariants(service));

  const place = async (): Promise<string> => (await service.place()).body.orderId;

  async function closeWindow(agoMs: number, ...orderIds: string[]): Promise<void> {
    await service.rows(
      `update orders set created_at = created_at - interval '1 day',
              expires_at = clock_timestamp() - $2 * interval '1 ms' where order_id = any($1)`,
      [orderIds, agoMs],
    );
  }
  const events = (orderId: string) =>
    service.rows(`select body from mq.transaction_log where message_key = $1 and event_type = 'order.cancelled'`, [
      orderId,
    ]);

  it.each(['PENDING', 'AWAITING_PAYMENT'])(
    'cancels an order that is still %s, and tells the inventory once',
    async (status) => {
      const orderId = await place();
      await service.rows('update orders set status = $2 where order_id = $1', [orderId, status]);
      await closeWindow(0, orderId);
      const { fire, armed } = handlerThatRemembers(service);
      await fire(orderId);
      await fire(orderId);
      expect((await service.get(`/orders/${orderId}`)).body).toMatchObject({
        status: 'CANCELLED',
        cancelReason: 'PAYMENT_TIMEOUT',
        version: 2,
      });
      expect(await events(orderId)).toEqual([{ body: { orderId, reason: 'PAYMENT_TIMEOUT' } }]);
      expect(armed).toEqual([]);
    },
  );

  it('sets an alarm again that came early, for when the window closes', async () => {
    const orderId = await place();
    await closeWindow(-20_000, orderId);
    const { fire, armed } = handlerThatRemembers(service);
    await fire(orderId);
    expect(await service.statusOf(orderId)).toBe('PENDING');
    const [order] = await service.rows<{ expires_at: Date }>('select expires_at from orders where order_id = $1', [
      orderId,
    ]);
    expect(armed).toEqual([{ orderId, at: new Date(Number(order?.expires_at) + 1_000) }]);
  });

  it('asks for no delay that the broker would refuse', async () => {
    const orderId = await place();
    await closeWindow(-10, orderId);
    const { fire, armed } = handlerThatRemembers(service);
    await fire(orderId);
    for (const { at } of armed) expect(at.getTime() - Date.now()).toBeGreaterThanOrEqual(1_000);
  });

  it('does not acknowledge an early alarm that could not be set again', async () => {
    const orderId = await place();
    // This service has no broker: setting it fails, and the handler with it, so the broker keeps the one it has.
    const fire = service.app
      .get(LocalTransactions)
      .run((tx) => service.app.get(OrderExpiringHandler).expire({ orderId }, tx));
    await expect(fire).rejects.toMatchObject({ code: 'MQ_BROKER_UNAVAILABLE' });
  });

  it.each(['PAID', 'REJECTED', 'CANCELLED'])('leaves an order alone that is %s', async (status) => {
    const orderId = await place();
    if (status === 'PAID') {
      await service.rows(`update orders set status = 'AWAITING_PAYMENT' where order_id = $1`, [orderId]);
      await service.pay(orderId);
    } else if (status === 'CANCELLED') await service.cancel(orderId);
    else await service.rows('update orders set status = $2 where order_id = $1', [orderId, status]);
    await closeWindow(60_000, orderId);
    const before = await service.census();
    const { fire, armed } = handlerThatRemembers(service);
    await fire(orderId);
    expect(await service.census()).toEqual(before);
    expect(armed).toEqual([]);
  });

  it('ignores an alarm for an order that does not exist', async () => {
    const { fire, armed } = handlerThatRemembers(service);
    await fire(randomUUID());
    expect(armed).toEqual([]);
  });

  it('comes within ten seconds without a broker, by the sweeper', async () => {
    const orderId = await place();
    await closeWindow(0, orderId);
    await eventually(async () => expect(await service.statusOf(orderId)).toBe('CANCELLED'), { withinMs: 10_000 });
    expect((await service.get(`/orders/${orderId}`)).body.cancelReason).toBe('PAYMENT_TIMEOUT');
    expect(await events(orderId)).toHaveLength(1);
  });

  it('is left to the alarm for three seconds', async () => {
    const orderId = await place();
    await closeWindow(0, orderId);
    await throughout(async () => expect(await service.statusOf(orderId)).toBe('PENDING'), 1_500);
  });

  it('comes once when several sweepers look at once', async () => {
    const orderIds = await Promise.all(Array.from({ length: 120 }, place));
    await closeWindow(60_000, ...orderIds);
    const sweep = (instance: OrderServiceUnderTest) => instance.app.get(ExpireOverdueOrders).execute();
    await Promise.all([sweep(service), sweep(other), sweep(service), sweep(other)]);
    await eventually(async () => {
      const open = await service.rows(`select order_id from orders where order_id = any($1) and status = 'PENDING'`, [
        orderIds,
      ]);
      expect(open).toEqual([]);
    });
    const versions = await service.rows<{ version: number }>('select version from orders where order_id = any($1)', [
      orderIds,
    ]);
    expect(versions.every(({ version }) => version === 2)).toBe(true);
  });

  it('passes over an order that a payment is working on', async () => {
    const [busy, forgotten] = [await place(), await place()];
    const holder = await service.database.owner.connect();
    await holder.query('begin');
    await holder.query('select from orders where order_id = $1 for update', [busy]);
    try {
      // The holder's own row cannot be changed from outside, so it closes its window itself.
      await holder.query(
        `update orders set created_at = created_at - interval '1 day', expires_at = clock_timestamp() - interval '1 minute'
          where order_id = $1`,
        [busy],
      );
      await closeWindow(60_000, forgotten);
      await eventually(async () => expect(await service.statusOf(forgotten)).toBe('CANCELLED'));
      expect(await service.statusOf(busy)).toBe('PENDING');
    } finally {
      await holder.query('commit');
      holder.release();
    }
    await eventually(async () => expect(await service.statusOf(busy)).toBe('CANCELLED'));
  });
});
