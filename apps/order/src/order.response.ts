import { ApiProperty } from '@nestjs/swagger';
import { CANCEL_REASONS, type CancelReason, type Order, ORDER_FLOWS, type OrderFlow } from './domain/order.js';
import { ORDER_STATUSES, type OrderStatus } from './domain/order-status.js';
import { PaymentResponse, toPaymentResponse } from './payment.response.js';

export class OrderLineResponse {
  @ApiProperty({ example: 'TEA-GREEN-100G' })
  readonly sku: string;
  @ApiProperty({ type: 'integer', example: 2 })
  readonly quantity: number;
  @ApiProperty({
    type: 'integer',
    description: 'Whole minor units, as priced when the order was placed.',
    example: 1_499,
  })
  readonly unitPriceMinor: number;
}

export class OrderResponse {
  @ApiProperty({ format: 'uuid', description: 'A UUIDv7: ids sort by time of creation.' })
  readonly orderId: string;
  @ApiProperty({ example: 'customer-1' })
  readonly customerId: string;
  @ApiProperty({ enum: ORDER_STATUSES, description: 'PAID, REJECTED and CANCELLED are final.' })
  readonly status: OrderStatus;
  @ApiProperty({ enum: CANCEL_REASONS, nullable: true, type: String })
  readonly cancelReason: CancelReason | null;
  @ApiProperty({ enum: ORDER_FLOWS })
  readonly flow: OrderFlow;
  @ApiProperty({ type: [OrderLineResponse] })
  readonly lines: readonly OrderLineResponse[];
  @ApiProperty({ type: 'integer', description: 'Whole minor units: the sum over the lines.', example: 2_998 })
  readonly amountMinor: number;
  @ApiProperty({ example: 'EUR' })
  readonly currency: string;
  @ApiProperty({ format: 'date-time', description: 'End of the payment window.' })
  readonly expiresAt: string;
  @ApiProperty({ format: 'date-time' })
  readonly createdAt: string;
  @ApiProperty({ type: 'integer', description: 'One more with every change of the order.', example: 1 })
  readonly version: number;
  @ApiProperty({ type: [PaymentResponse] })
  readonly payments: readonly PaymentResponse[];
}

export function toOrderResponse(order: Order): OrderResponse {
  return {
    orderId: order.orderId,
    customerId: order.customerId,
    status: order.status,
    cancelReason: order.cancelReason,
    flow: order.flow,
    lines: order.lines.map(({ sku, quantity, unitPriceMinor }) => ({ sku, quantity, unitPriceMinor })),
    amountMinor: order.amountMinor,
    currency: order.currency,
    expiresAt: order.expiresAt.toISOString(),
    createdAt: order.createdAt.toISOString(),
    version: order.version,
    payments: order.payments.map(toPaymentResponse),
  };
}
