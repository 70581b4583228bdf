import { ApiProperty } from '@nestjs/swagger';
import { type Payment, PAYMENT_STATES, type PaymentState } from './domain/payment.js';

export class PaymentResponse {
  @ApiProperty({ example: 'pay_7c1f' })
  readonly paymentId: string;
  @ApiProperty({ format: 'uuid' })
  readonly orderId: string;
  @ApiProperty({ type: 'integer', description: 'Whole minor units (cents).', example: 2_998 })
  readonly amountMinor: number;
  @ApiProperty({ example: 'EUR' })
  readonly currency: string;
  @ApiProperty({
    enum: PAYMENT_STATES,
    description: 'REFUND_DUE: the order could not take the money; REFUNDED: the provider has sent it back.',
  })
  readonly state: PaymentState;
}

/** Field by field, so that the order of the fields is ours. */
export function toPaymentResponse({ paymentId, orderId, amountMinor, currency, state }: Payment): PaymentResponse {
  return { paymentId, orderId, amountMinor, currency, state };
}
