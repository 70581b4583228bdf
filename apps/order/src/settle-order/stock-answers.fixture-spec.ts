import { LocalTransactions } from '@halfway/mq';
import type { OrderServiceUnderTest } from '../order.fixture-spec.js';
import { type StockAnswer, SettleOrder } from './settle-order.js';

/** What the inventory's answers do, without a broker in between: the use case in a local transaction of the service. */
export async function answer(service: OrderServiceUnderTest, stock: StockAnswer, ...orderIds: string[]): Promise<void> {
  const settle = service.app.get(SettleOrder);
  await service.app.get(LocalTransactions).run((tx) => settle.execute(stock, orderIds, tx));
}

/** An order that waits for its payment. */
export async function placeReserved(service: OrderServiceUnderTest): Promise<string> {
  const { body } = await service.place();
  await answer(service, 'stock.reserved', body.orderId);
  return body.orderId;
}
