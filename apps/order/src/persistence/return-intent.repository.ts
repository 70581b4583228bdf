import { Injectable } from '@nestjs/common';
import type { LocalTransaction, Statement } from '@halfway/mq';
import { Database } from './database.js';

const MS = `interval '1 millisecond'`;

// One row per attempt. A key that another attempt holds leaves nothing; one that has placed its order holds it for ever, so that
// a repetition that looked too early does not deduct.
const open: Statement = {
  name: 'return-intent.open',
  text: `insert into return_intent (order_id, idempotency_key, next_attempt_at)
         values ($1, $2, clock_timestamp() + $3::int * ${MS}) on conflict do nothing`,
};

const holder: Statement = {
  name: 'return-intent.holder',
  text: `select order_id from return_intent
          where idempotency_key = $1 and state = 'OPEN' and created_at < clock_timestamp() - $2::int * ${MS}`,
};

const keep: Statement = {
  name: 'return-intent.keep',
  text: `update return_intent set state = 'KEPT', next_attempt_at = null
          where order_id = $1 and state = 'OPEN'`,
};

const giveUp: Statement = {
  name: 'return-intent.give-up',
  text: `update return_intent set idempotency_key = null, next_attempt_at = clock_timestamp() + $2::int * ${MS}
          where order_id = $1 and state = 'OPEN'`,
};

const returned: Statement = {
  name: 'return-intent.returned',
  text: `with mine as (select order_id from return_intent where order_id = any($1::uuid[]) and state = 'OPEN'
                        order by order_id for no key update)
         update return_intent set state = 'RETURNED', idempotency_key = null, next_attempt_at = null
           from mine where return_intent.order_id = mine.order_id`,
};

const states: Statement = {
  name: 'return-intent.states',
  text: 'select order_id, state from return_intent where order_id = any($1::uuid[])',
};

// A claim, not a lock, as in the sweeper of libs/mq: due again later, somewhere between $2 and its doubling.
const claimDue: Statement = {
  name: 'return-intent.claim-due',
  text: `with due as (select order_id from return_intent where next_attempt_at <= clock_timestamp()
                       order by next_attempt_at limit $1 for update skip locked)
         update return_intent i set attempts = i.attempts + 1, next_attempt_at = clock_timestamp()
                + ($2::float8 + random() * (least($3::float8, $2::float8 * 2 ^ least(i.attempts + 1, 30)) - $2::float8)) * ${MS}
           from due where i.order_id = due.order_id returning i.order_id`,
};

const unclaim: Statement = {
  name: 'return-intent.unclaim',
  text: `update return_intent set attempts = greatest(attempts - 1, 0), next_attempt_at = clock_timestamp() + $2::int * ${MS}
          where order_id = any($1::uuid[]) and state = 'OPEN'`,
};

/** Attempts to place an order for which stock may be held elsewhere; the migration tells their states. */
@Injectable()
export class ReturnIntentRepository {
  constructor(private readonly database: Database) {}

  /** Durable when it resolves, and before any stock moves. @returns false when another attempt holds the key. */
  async open(orderId: string, key: string, dueAfterMs: number): Promise<boolean> {
    return (await this.database.query({ ...open, values: [orderId, key, dueAfterMs] })).rowCount === 1;
  }

  /** The attempt that has held this key for longer than `olderThanMs`. */
  async holder(key: string, olderThanMs: number): Promise<string | undefined> {
    const { rows } = await this.database.query<{ order_id: string }>({ ...holder, values: [key, olderThanMs] });
    return rows[0]?.order_id;
  }

  /** With the order, in one transaction. @returns false when the stock went back meanwhile: the order must not stand. */
  async keep(orderId: string, tx: LocalTransaction): Promise<boolean> {
    return (await tx.query(keep, [orderId])).rowCount === 1;
  }

  /** The attempt has failed: others may use its key, and its stock is asked back if no answer came by then. */
  async giveUp(orderId: string, dueAfterMs: number): Promise<void> {
    await this.database.query({ ...giveUp, values: [orderId, dueAfterMs] });
  }

  /** @returns how many were open. */
  async returned(orderIds: readonly string[], tx: LocalTransaction): Promise<number> {
    return (await tx.query(returned, [orderIds])).rowCount;
  }

  async states(orderIds: readonly string[], tx: LocalTransaction): Promise<ReadonlyMap<string, string>> {
    const { rows } = await tx.query<{ order_id: string; state: string }>(states, [orderIds]);
    return new Map(rows.map(({ order_id, state }) => [order_id, state]));
  }

  /** Takes due ones for one attempt each; nobody else gets them until they are due again. */
  async claimDue(limit: number, afterMs: number, atMostMs: number): Promise<readonly string[]> {
    const { rows } = await this.database.query<{ order_id: string }>({
      ...claimDue,
      values: [limit, afterMs, atMostMs],
    });
    return rows.map(({ order_id }) => order_id);
  }

  async unclaim(orderIds: readonly string[], dueAfterMs: number): Promise<void> {
    await this.database.query({ ...unclaim, values: [orderIds, dueAfterMs] });
  }
}
