import { message, orderedTopic } from '@halfway/mq';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsUUID,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';

export class OrderedLine {
  @Length(1, 64) readonly sku: string;
  @IsInt() @Min(1) @Max(1000) readonly quantity: number;
}

/** A customer placed an order: reserve all of its lines or none. Answered by stock.reserved, stock.refused or stock.released. */
export class OrderPlaced extends message('order.placed') {
  @IsUUID() readonly orderId: string;
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ArrayUnique((line: OrderedLine | null) => line?.sku)
  // ValidateNested alone takes an array for a line.
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => OrderedLine)
  readonly lines: readonly OrderedLine[];
}

/** The order is paid: its reservation becomes a sale. Answered by stock.sold. */
export class OrderPaid extends message('order.paid') {
  @IsUUID() readonly orderId: string;
  @Length(1, 64) readonly paymentId: string;
}

/** The order will not be paid: whatever is reserved for it goes back. Answered by stock.released. */
export class OrderCancelled extends message('order.cancelled') {
  @IsUUID() readonly orderId: string;
  @IsIn(['CUSTOMER', 'PAYMENT_TIMEOUT']) readonly reason: 'CUSTOMER' | 'PAYMENT_TIMEOUT';
}

/** What happens to an order, in order per order id. Sent by the order service only. */
export const orderEvents = orderedTopic('order-events', {
  events: { placed: OrderPlaced, paid: OrderPaid, cancelled: OrderCancelled },
  key: (event) => event.orderId,
  transactional: true,
});
