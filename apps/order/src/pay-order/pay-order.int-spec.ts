import { LocalTransactions } from '@halfway/mq';
import { randomUUID } from 'node:crypto';
import { eventually } from '../../../../test/support/eventually.js';
import { PaymentRepository } from '../persistence/payment.repository.js';
import { RefundRepository } from '../persistence/refund.repository.js';
import {
  AMOUNT,
  expectInvariants,
  type OrderAnswer,
  OrderServiceUnderTest,
  type ProblemAnswer,
} from '../order.fixture-spec.js';
import { createLogger } from '@halfway/service';
import { ExpiryRepository } from '../persistence/expiry.repository.js';
import { orderEvents } from '@halfway/contracts';
import { PaymentProvider } from './payment-provider.js';
import { RefundPayments } from './refund-payments.js';

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

const force = (orderId: string, status: string) =>
  service.rows(
    `update orders set status = $2, version = version + 1,
            cancel_reason = case when $2 = 'CANCELLED' then 'CUSTOMER' end where order_id = $1`,
    [orderId, status],
  );

async function awaitingPayment(): Promise<string> {
  const { orderId } = (await service.place()).body;
  await force(orderId, 'AWAITING_PAYMENT');
  return orderId;
}

const paymentsOf = async (orderId: string): Promise<OrderAnswer['payments']> =>
  (await service.get(`/orders/${orderId}`)).body.payments;

describe('POST /orders/:orderId/payments', () => {
  it('pays an order that awaits payment', async () => {
    const orderId = await awaitingPayment();
    const { status, body } = await service.pay(orderId, { paymentId: `p-${orderId}` });
    expect(status).toBe(201);
    expect(body).toEqual({ paymentId: `p-${orderId}`, orderId, ...AMOUNT, state: 'CAPTURED' });
    expect((await service.get(`/orders/${orderId}`)).body).toMatchObject({
      status: 'PAID',
      version: 3,
      payments: [body],
    });
  });

  it('answers 200 when the same payment is reported again', async () => {
    const orderId = await awaitingPayment();
    const paymentId = randomUUID();
    const first = await service.pay(orderId, { paymentId });
    expect(await service.pay(orderId, { paymentId })).toMatchObject({ status: 200, body: first.body });
    expect(await paymentsOf(orderId)).toHaveLength(1);
  });

  it('pays once when the same payment is reported many times at once', async () => {
    const orderId = await awaitingPayment();
    const paymentId = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? service : other).pay(orderId, { paymentId })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
    expect(new Set(answers.map(({ body }) => body.state))).toEqual(new Set(['CAPTURED']));
  });

  it.each<[wrong: object, what: string]>([
    [{ amountMinor: 3_497 }, 'less'],
    [{ amountMinor: 3_499 }, 'more'],
    [{ currency: 'USD' }, 'another currency'],
  ])('sends back %j (%s), and the order can still be paid', async (wrong) => {
    const orderId = await awaitingPayment();
    const paid = await service.pay(orderId, wrong);
    expect(paid).toMatchObject({ status: 201, body: { state: 'REFUND_DUE' } });
    expect(await service.pay(orderId)).toMatchObject({ status: 201, body: { state: 'CAPTURED' } });
  });

  it('sends a second payment back', async () => {
    const orderId = await awaitingPayment();
    await service.pay(orderId);
    const paymentId = randomUUID();
    expect(await service.pay(orderId, { paymentId })).toMatchObject({ status: 201, body: { state: 'REFUND_DUE' } });
    await eventually(async () => {
      expect(await service.pay(orderId, { paymentId })).toMatchObject({ status: 200, body: { state: 'REFUNDED' } });
    });
  });

  it.each(['REJECTED', 'CANCELLED'])('sends a payment for an order that is %s back', async (status) => {
    const { orderId } = (await service.place()).body;
    if (status === 'CANCELLED') await service.cancel(orderId);
    else await force(orderId, status);
    expect(await service.pay(orderId)).toMatchObject({ status: 201, body: { state: 'REFUND_DUE' } });
    await eventually(async () => expect(await paymentsOf(orderId)).toMatchObject([{ state: 'REFUNDED' }]));
  });

  it('never sends money back that the order would take, even on a stale look', async () => {
    const orderId = await awaitingPayment();
    const capture = { paymentId: randomUUID(), orderId, ...AMOUNT };
    const payments = service.app.get(PaymentRepository);
    expect(await payments.recordRefundDue(capture)).toBe(false);
    const pending = { ...capture, orderId: (await service.place()).body.orderId };
    expect(await payments.recordRefundDue(pending)).toBe(false);
    expect(await payments.recordRefundDue({ ...capture, amountMinor: 1 })).toBe(true);
  });

  it('answers 409 while the order is PENDING, and records nothing', async () => {
    const { orderId } = (await service.place()).body;
    const before = await service.census();
    const early = await service.pay<ProblemAnswer>(orderId);
    expect(early).toMatchObject({ status: 409, body: { code: 'ORDER_PENDING' } });
    expect(early.headers['retry-after']).toBe('1');
    expect(await service.census()).toEqual(before);
  });

  it('answers 404 for an order that does not exist', async () => {
    expect(await service.pay(randomUUID())).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
  });

  it('refuses the same payment id with other content', async () => {
    const [orderId, another] = [await awaitingPayment(), await awaitingPayment()];
    const paymentId = randomUUID();
    await service.pay(orderId, { paymentId });
    const before = await service.census();
    for (const different of [
      await service.pay<ProblemAnswer>(orderId, { paymentId, amountMinor: 1 }),
      await service.pay<ProblemAnswer>(orderId, { paymentId, currency: 'USD' }),
      await service.pay<ProblemAnswer>(another, { paymentId }),
    ]) {
      expect(different).toMatchObject({ status: 422, body: { code: 'PAYMENT_ID_REUSED' } });
    }
    expect(await service.census()).toEqual(before);
  });

  it('takes the money after expiresAt as long as the order is not cancelled', async () => {
    const orderId = await awaitingPayment();
    await closeWindow(orderId, 500); // less than the grace of the sweeper
    expect(await service.pay(orderId)).toMatchObject({ status: 201, body: { state: 'CAPTURED' } });
  });
});

/** The payment window of an order closed `agoMs` ago. */
async function closeWindow(orderId: string, agoMs: number): Promise<void> {
  await service.rows(
    `update orders set created_at = created_at - interval '1 day',
            expires_at = clock_timestamp() - $2 * interval '1 ms' where order_id = $1`,
    [orderId, agoMs],
  );
}

describe('pay against timeout, cancellation and another payment', () => {
  /** The alarm's own way, minus the broker: the conditional UPDATE and its event. */
  const expire = (instance: OrderServiceUnderTest, orderId: string) =>
    instance.app.get(LocalTransactions).run(async (tx) => {
      if (await instance.app.get(ExpiryRepository).expire(orderId, tx)) {
        await tx.publish(orderEvents.cancelled, { orderId, reason: 'PAYMENT_TIMEOUT' });
      }
    });

  /** A small generator (mulberry32), so that a failing round can be played again from its seed. */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    };
  }

  it.each([1, 2, 3, 4, 5, 6])('exactly one wins, and late money goes back (seed %d)', async (seed) => {
    const next = random(seed);
    const rounds = 8;
    for (let round = 0; round < rounds; round++) {
      const orderId = await awaitingPayment();
      await closeWindow(orderId, 1);
      const contenders: (() => Promise<unknown>)[] = [
        () => service.pay(orderId),
        () => other.pay(orderId),
        () => expire(service, orderId),
        () => expire(other, orderId),
        () => service.cancel(orderId),
      ];
      await Promise.all(
        contenders
          .map((run) => ({ run, at: next() * 12 }))
          .map(async ({ run, at }) => {
            await new Promise((resolve) => setTimeout(resolve, at));
            await run();
          }),
      );
      const { status, payments } = (await service.get(`/orders/${orderId}`)).body;
      expect(['PAID', 'CANCELLED']).toContain(status);
      expect(payments).toHaveLength(2);
      expect(payments.filter(({ state }) => state === 'CAPTURED')).toHaveLength(status === 'PAID' ? 1 : 0);
    }
    await expectInvariants(service);
    await eventually(async () => {
      expect(await service.rows(`select payment_id from payment where state = 'REFUND_DUE'`)).toEqual([]);
    });
  });
});

describe('a refund', () => {
  it('happens once, even when the process died between the provider and the mark', async () => {
    const { orderId } = (await service.place()).body;
    await service.cancel(orderId);
    const paymentId = randomUUID();
    // What such a crash leaves behind: the provider has sent the money back, and our row does not know.
    await service.rows(
      `with provider as (
         insert into simulated_provider.refund values ($1, 3498, 'EUR', 1, clock_timestamp()))
       insert into payment (payment_id, order_id, amount_minor, currency, state, created_at, refund_due_at)
       values ($1, $2, 3498, 'EUR', 'REFUND_DUE', clock_timestamp(), clock_timestamp())`,
      [paymentId, orderId],
    );
    await eventually(async () => expect(await paymentsOf(orderId)).toMatchObject([{ state: 'REFUNDED' }]));
    expect(
      await service.rows('select amount_minor, requests from simulated_provider.refund where payment_id = $1', [
        paymentId,
      ]),
    ).toEqual(
      // Asked twice, sent once: the payment's id is the provider's key.
      [{ amount_minor: '3498', requests: 2 }],
    );
  });

  it('is due again after the provider has failed', async () => {
    const { orderId } = (await service.place()).body;
    await service.cancel(orderId);
    const failing = new (class extends PaymentProvider {
      override refund(): Promise<void> {
        return Promise.reject(new Error('the provider is down'));
      }
    })();
    const job = new RefundPayments(
      service.app.get(RefundRepository),
      failing,
      createLogger({ name: 'x', level: 'silent' }),
    );
    await service.pay(orderId);
    await job.execute();
    await eventually(async () => expect(await paymentsOf(orderId)).toMatchObject([{ state: 'REFUNDED' }]));
  });

  it('is shared out when several instances look at once', async () => {
    const { orderId } = (await service.place()).body;
    await service.cancel(orderId);
    await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? service : other).pay(orderId)));
    const run = (instance: OrderServiceUnderTest) => instance.app.get(RefundPayments).execute();
    await Promise.all([run(service), run(other), run(service), run(other)]);
    await eventually(async () => {
      const states = new Set((await paymentsOf(orderId)).map(({ state }) => state));
      expect(states).toEqual(new Set(['REFUNDED']));
    });
    const [{ asked } = { asked: undefined }] = await service.rows<{ asked: string }>(
      `select max(requests) as asked from simulated_provider.refund join payment using (payment_id) where order_id = $1`,
      [orderId],
    );
    expect(asked).toBe(1);
  });
});
