import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { MoreThan, Repository } from 'typeorm';
import type { Order } from '../domain/order.js';
import type { OrderStatus } from '../domain/order-status.js';
import { OrderRow } from './order.row.js';

export interface Page {
  readonly status?: OrderStatus;
  readonly limit: number;
  /** The last order id of the page before. */
  readonly after?: string;
}

/** Reads whole orders for people and tests; not on the way of an order, so TypeORM may do it. */
@Injectable()
export class OrderReader {
  constructor(@InjectRepository(OrderRow) private readonly orders: Repository<OrderRow>) {}

  async find(orderId: string): Promise<Order | undefined> {
    const row = await this.orders.findOne({ where: { orderId }, relations: { lines: true, payments: true } });
    return row ? toOrder(row) : undefined;
  }

  /** By id, which is by time of creation: a page costs the same however far in it is. One more than asked tells if more follow. */
  async page({ status, limit, after }: Page): Promise<{ readonly orders: readonly Order[]; readonly more: boolean }> {
    const rows = await this.orders.find({
      where: { ...(status ? { status } : {}), ...(after ? { orderId: MoreThan(after) } : {}) },
      order: { orderId: 'asc' },
      take: limit + 1,
      relations: { lines: true, payments: true },
      relationLoadStrategy: 'query',
    });
    return { orders: rows.slice(0, limit).map(toOrder), more: rows.length > limit };
  }
}

function toOrder(row: OrderRow): Order {
  return {
    orderId: row.orderId,
    customerId: row.customerId,
    status: row.status,
    cancelReason: row.cancelReason,
    flow: row.flow,
    lines: row.lines
      .toSorted((a, b) => a.position - b.position)
      .map(({ sku, quantity, unitPriceMinor }) => ({ sku, quantity, unitPriceMinor })),
    amountMinor: row.amountMinor,
    currency: row.currency,
    expiresAt: row.expiresAt,
    createdAt: row.createdAt,
    version: row.version,
    payments: row.payments
      .toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || a.paymentId.localeCompare(b.paymentId))
      .map(({ paymentId, orderId, amountMinor, currency, state }) => ({
        paymentId,
        orderId,
        amountMinor,
        currency,
        state,
      })),
  };
}
