import { message, orderedTopic } from '@halfway/mq';
import { IsUUID, Length } from 'class-validator';

/** All lines of the order are reserved. */
export class StockReserved extends message('stock.reserved') {
  @IsUUID() readonly orderId: string;
}

/** Nothing is reserved; the refusal is recorded and stays, even if stock arrives later. */
export class StockRefused extends message('stock.refused') {
  @IsUUID() readonly orderId: string;
  @Length(1, 500) readonly reason: string;
}

/** Nothing is held for the order (any more), and nothing ever will be. */
export class StockReleased extends message('stock.released') {
  @IsUUID() readonly orderId: string;
}

/** The reserved stock is sold. */
export class StockSold extends message('stock.sold') {
  @IsUUID() readonly orderId: string;
}

/** Nothing is held for an order that never came to be, and nothing ever will be. */
export class StockReturned extends message('stock.returned') {
  @IsUUID() readonly orderId: string;
}

/** What the inventory decided about an order, in order per order id. Sent by the inventory service only, always as a reply. */
export const inventoryEvents = orderedTopic('inventory-events', {
  events: {
    reserved: StockReserved,
    refused: StockRefused,
    released: StockReleased,
    sold: StockSold,
    returned: StockReturned,
  },
  key: (event) => event.orderId,
});
