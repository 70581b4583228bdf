import { inventoryEvents, orderEvents, OrderPlaced } from '@halfway/contracts';
import { type LocalTransaction, OnBatch, reply, type Reply, UnprocessableMessageError } from '@halfway/mq';
import { isPrintable } from '@halfway/service';
import { Injectable } from '@nestjs/common';
import type { OrderToReserve } from '../domain/stock.js';
import { type ReserveAnswer, ReserveStock } from './reserve-stock.js';

@Injectable()
export class OrderPlacedHandler {
  constructor(private readonly reserveStock: ReserveStock) {}

  @OnBatch(orderEvents.placed, { group: 'inventory', upTo: 50 })
  async reserve(events: readonly OrderPlaced[], tx: LocalTransaction): Promise<readonly Reply[]> {
    const orders = events.map(toOrder);
    const answers = await this.reserveStock.execute(orders, tx);
    return answers.map((answer, index) => toReply(orders[index]?.orderId ?? '', answer));
  }
}

/** Messages are untrusted: what the database would refuse on every attempt goes to quarantine at once. */
function toOrder({ orderId, lines }: OrderPlaced): OrderToReserve {
  const skus = lines.map(({ sku }) => sku);
  if (!skus.every((sku) => isPrintable(sku))) {
    throw new UnprocessableMessageError(`Order ${orderId} has a sku that is no 1 to 64 printable characters.`);
  }
  if (new Set(skus).size < skus.length) {
    throw new UnprocessableMessageError(`Order ${orderId} has a sku on two lines.`);
  }
  // PostgreSQL writes uuids in lower case; the message may not.
  return { orderId: orderId.toLowerCase(), lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
}

function toReply(orderId: string, decided: ReserveAnswer): Reply {
  switch (decided.answer) {
    case 'reserved':
      return reply(inventoryEvents.reserved, { orderId });
    case 'refused':
      return reply(inventoryEvents.refused, { orderId, reason: decided.reason });
    case 'released':
      return reply(inventoryEvents.released, { orderId });
    default:
      return decided satisfies never;
  }
}
