import type { Ablation } from './ablation.js';

const orders = 'apps/order/src/persistence/order.repository.ts';
const payments = 'apps/order/src/persistence/payment.repository.ts';
const placeOrder = 'apps/order/src/place-order/place-order.ts';

/** What makes an order end in exactly one way. */
export const order: readonly Ablation[] = [
  {
    name: 'conditional-pay',
    defence:
      'the payment is an UPDATE with the status as its condition (and the reason of a cancellation goes with it)',
    without: 'a cancelled order is paid, and the inventory hears both',
    edits: [
      {
        file: payments,
        find: `where order_id = $2 and status in (\${literals(movedBy('payment.captured'))})`,
        replace: 'where order_id = $2',
      },
      {
        file: payments,
        // A constraint knows that only a cancelled order has a reason; it would stop what is to be seen.
        find: `set status = 'PAID', version`,
        replace: `set status = 'PAID', cancel_reason = null, version`,
      },
    ],
    alsoOff: [],
    shownBy: ['Y13.L'],
    evidence: 'O6',
    expected: 'red',
  },
  {
    name: 'conditional-cancel',
    defence: 'the cancellation is an UPDATE with the status as its condition',
    without: 'a paid order is cancelled, and its money stays here',
    edits: [
      {
        file: orders,
        find: `where order_id = $1 and status in (\${literals(movedBy('customer.cancels'))})`,
        replace: 'where order_id = $1',
      },
    ],
    alsoOff: [],
    shownBy: ['Y14.L'],
    evidence: 'O4',
    expected: 'red',
  },
  {
    name: 'refund',
    defence: 'money that comes too late is sent back',
    without: 'it is recorded and stays here',
    edits: [{ file: 'apps/order/src/pay-order/refund-payments.ts', find: 'this.job.start();', replace: '' }],
    alsoOff: [],
    shownBy: ['Y5.D'],
    evidence: 'nothing is left of what the fault has met',
    expected: 'red',
  },
  {
    name: 'deadline-under-lock',
    defence: 'the deadline is compared with the clock of PostgreSQL, under the row lock',
    without: 'the alarm decides, and an early one cancels an order that has time left',
    edits: [
      {
        file: 'apps/order/src/persistence/expiry.repository.ts',
        find: 'and expires_at <= clock_timestamp()`',
        replace: '`',
      },
    ],
    alsoOff: [],
    shownBy: ['T14.F'],
    evidence: 'O10',
    expected: 'red',
  },
  {
    name: 're-arm',
    defence: 'an alarm that comes early is set again',
    without: 'the order stays open for ever',
    edits: [
      {
        file: 'apps/order/src/expire-order/expire-order.ts',
        find: 'await this.producer.sendLater(orderTimeouts.expiring, { orderId }, { at: wakeAgainAt(closesAt, new Date()) });',
        replace: '',
      },
    ],
    alsoOff: ['overdue-sweeper'],
    shownBy: ['T14.F'],
    evidence: 'there are no orders',
    expected: 'red',
  },
  {
    name: 'overdue-sweeper',
    defence: 'the sweeper of overdue orders',
    without: 'an order whose alarm is lost stays open for ever',
    edits: [{ file: 'apps/order/src/expire-order/expire-overdue-orders.ts', find: 'this.job.start();', replace: '' }],
    alsoOff: [],
    shownBy: ['T15.F'],
    evidence: 'there are no orders',
    expected: 'red',
  },
  {
    name: 'idempotency-in-transaction',
    defence: 'the idempotency key is written in the transaction of its order',
    without: 'a crash in between leaves an order without key, and the repeated request places a second one',
    edits: [
      {
        file: orders,
        find: `insert into idempotency (key, request_hash, order_id, answer, created_at)
           values ($1, $2, $3, $4, $5) on conflict (key) do nothing returning order_id),`,
        replace: `select $3::uuid as order_id, $1::text as key, $2::text as request_hash, $4::text as answer),`,
      },
      {
        file: orders,
        find: 'return rowCount > 0;\n  }',
        replace: `return rowCount > 0;
  }

  async remember(orderId: string, { key, requestHash, answer }: IdempotentAnswer): Promise<void> {
    await this.database.query({
      text: \`insert into idempotency (key, request_hash, order_id, answer, created_at)
             values ($1, $2, $3, $4, clock_timestamp())\`,
      values: [key, requestHash, orderId, answer],
    });
  }`,
      },
      {
        file: placeOrder,
        find: `    } catch (error) {
      if (!isKeyContention(error)) throw error;`,
        replace: `      await this.orders.remember(order.orderId, { key, requestHash, answer });
    } catch (error) {
      if (!isKeyContention(error)) throw error;`,
      },
    ],
    alsoOff: [],
    shownBy: ['C7.K'],
    evidence: 'O5',
    expected: 'red',
  },
];
