import { randomUUID } from 'node:crypto';
import { expectInvariants, OrderServiceUnderTest, type ProblemAnswer } from '../order.fixture-spec.js';

describe('POST /orders/:orderId/cancellation', () => {
  let service: OrderServiceUnderTest;
  beforeAll(async () => {
    service = await OrderServiceUnderTest.start();
  });
  afterAll(() => service.stop());
  afterEach(() => expectInvariants(service));

  /** As if the inventory had answered and the customer had paid; the slices that do it have their own specs. */
  const orderThatIs = async (status: string): Promise<string> => {
    const { orderId } = (await service.place()).body;
    if (status === 'AWAITING_PAYMENT' || status === 'REJECTED') await force(orderId, status);
    if (status === 'CANCELLED') await service.cancel(orderId);
    if (status === 'PAID') {
      await force(orderId, 'AWAITING_PAYMENT');
      await service.pay(orderId);
    }
    return orderId;
  };
  const force = (orderId: string, status: string) =>
    service.rows('update orders set status = $2, version = version + 1 where order_id = $1', [orderId, status]);

  it.each(['PENDING', 'AWAITING_PAYMENT', 'CANCELLED'])(
    'cancels an order that is %s, and says so again',
    async (status) => {
      const orderId = await orderThatIs(status);
      const first = await service.cancel(orderId);
      expect(first).toMatchObject({ status: 200, body: { orderId, status: 'CANCELLED', cancelReason: 'CUSTOMER' } });
      // Many clients send an empty object with every POST.
      const again = await service.post(`/orders/${orderId}/cancellation`, {});
      expect(again).toMatchObject({ status: 200, body: first.body });
    },
  );

  it.each(['PAID', 'REJECTED'])('refuses with 409 for an order that is %s', async (status) => {
    const orderId = await orderThatIs(status);
    const before = await service.census();
    expect(await service.cancel<ProblemAnswer>(orderId)).toMatchObject({
      status: 409,
      body: { code: 'ORDER_NOT_CANCELLABLE' },
    });
    expect(await service.census()).toEqual(before);
  });

  it('answers 404 for an order that does not exist', async () => {
    expect(await service.cancel(randomUUID())).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
  });

  it('cancels once when many ask at once', async () => {
    const orderId = await orderThatIs('AWAITING_PAYMENT');
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.cancel(orderId)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect((await service.get(`/orders/${orderId}`)).body.version).toBe(3);
  });

  it('takes an order id in capitals for the same order', async () => {
    const orderId = await orderThatIs('PENDING');
    expect((await service.cancel(orderId.toUpperCase())).status).toBe(200);
    const [event] = await service.rows(
      `select message_key from mq.transaction_log where event_type = 'order.cancelled' and message_key = $1`,
      [orderId],
    );
    expect(event).toBeDefined();
  });
});
