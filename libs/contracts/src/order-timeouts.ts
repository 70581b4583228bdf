import { delayedTopic, message } from '@halfway/mq';
import { IsUUID } from 'class-validator';

/** Wakes the order service when an order's payment window is over. It triggers; the database's clock decides. */
export class OrderExpiring extends message('order.expiring') {
  @IsUUID() readonly orderId: string;
}

/** The order service's own alarm clock. */
export const orderTimeouts = delayedTopic('order-timeouts', {
  events: { expiring: OrderExpiring },
  key: (event) => event.orderId,
});
