import { OrderExpiring, orderTimeouts } from '@halfway/contracts';
import { type LocalTransaction, On } from '@halfway/mq';
import { Injectable } from '@nestjs/common';
import { ExpireOrder } from './expire-order.js';

@Injectable()
export class OrderExpiringHandler {
  constructor(private readonly expireOrder: ExpireOrder) {}

  @On(orderTimeouts.expiring, { group: 'order-expire-order' })
  expire({ orderId }: OrderExpiring, tx: LocalTransaction): Promise<void> {
    return this.expireOrder.execute(orderId, tx);
  }
}
