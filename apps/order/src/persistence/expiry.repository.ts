import { Injectable } from '@nestjs/common';
import type { LocalTransaction, Statement } from '@halfway/mq';
import { movedBy } from '../domain/order-status.js';
import { literals } from './literals.js';

const open = literals(movedBy('window.closes'));
const CANCELLED = `status = 'CANCELLED', cancel_reason = 'PAYMENT_TIMEOUT', version = version + 1`;

/** PostgreSQL's clock, read under the row lock: a clock of ours, or of the broker, decides nothing. */
const expire: Statement = {
  name: 'order.expire',
  text: `update orders set ${CANCELLED}
          where order_id = $1 and status in (${open}) and expires_at <= clock_timestamp()`,
};

const closing: Statement = {
  name: 'order.closing',
  text: `select expires_at from orders where order_id = $1 and status in (${open})`,
};

/** Skips what somebody is working on: a payment under way decides about that order, not we. */
const expireOverdue: Statement = {
  name: 'order.expire-overdue',
  text: `update orders set ${CANCELLED}
          where order_id in (
            select order_id from orders
             where status in (${open}) and expires_at <= clock_timestamp() - $1 * interval '1 ms'
             order by expires_at limit $2 for no key update skip locked)
         returning order_id`,
};

@Injectable()
export class ExpiryRepository {
  /** @returns true when this call has cancelled it. */
  async expire(orderId: string, tx: LocalTransaction): Promise<boolean> {
    return (await tx.query(expire, [orderId])).rowCount === 1;
  }

  /** @returns when the window of an open order closes, by PostgreSQL's clock; undefined when there is nothing (left) to expire. */
  async closesAt(orderId: string, tx: LocalTransaction): Promise<Date | undefined> {
    const { rows } = await tx.query<{ expires_at: Date }>(closing, [orderId]);
    return rows[0]?.expires_at;
  }

  /** Cancels up to `atMost` open orders whose window closed more than `graceMs` ago. @returns their ids. */
  async expireOverdue(graceMs: number, atMost: number, tx: LocalTransaction): Promise<readonly string[]> {
    const { rows } = await tx.query<{ order_id: string }>(expireOverdue, [graceMs, atMost]);
    return rows.map(({ order_id }) => order_id);
  }
}
