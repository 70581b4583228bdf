import { withDatabases, type AuditedDatabases } from '../audit/databases.js';
import type { Order } from '../support/resources.js';
import type { PaymentSeen, State } from './operation.js';

/** An order as it is in the database when nothing moves any more. */
export interface FinalOrder extends Pick<Order, 'orderId' | 'status' | 'version' | 'cancelReason'>, State {
  readonly key: string | null;
  readonly payments: readonly PaymentSeen[];
}

/** Own SQL, as the auditor's: the service that wrote them is not asked. */
const orders = `
  select o.order_id as "orderId", o.status, o.version, o.cancel_reason as "cancelReason", o.flow, i.key, coalesce(p.payments, '[]') as payments
    from orders o left join idempotency i using (order_id)
    left join (select order_id, json_agg(json_build_object('paymentId', payment_id, 'state', state)) as payments
                 from payment group by order_id) p using (order_id)`;

export function finalOrders(databases: AuditedDatabases): Promise<readonly FinalOrder[]> {
  return withDatabases(databases, (read) => read.order<FinalOrder>(orders));
}
