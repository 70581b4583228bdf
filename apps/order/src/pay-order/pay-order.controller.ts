import { ApiProblems } from '@halfway/service';
import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OrderIdParams } from '../order-id.params.js';
import { PaymentResponse, toPaymentResponse } from '../payment.response.js';
import { PayOrder } from './pay-order.js';
import { PayOrderRequest } from './pay-order.request.js';

@ApiTags('orders')
@Controller('orders/:orderId/payments')
export class PayOrderController {
  constructor(private readonly payOrder: PayOrder) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({
    summary: "The payment provider's word that money was captured.",
    description:
      'It pays the order (CAPTURED), or it is recorded and sent back (REFUND_DUE): when the order is final, already paid by ' +
      'another payment, or the amount differs. An order past its expiresAt that is not cancelled yet still takes the money.',
  })
  @ApiParam({ name: 'orderId', schema: { type: 'string', format: 'uuid' } })
  @ApiCreatedResponse({ type: PaymentResponse, description: 'Recorded; see `state`.' })
  @ApiOkResponse({ type: PaymentResponse, description: 'The same payment again, with its current state.' })
  @ApiProblems({
    404: 'No such order.',
    409: 'The stock of the order is not reserved yet, see Retry-After.',
    413: 'The body is over 64 KiB.',
    415: 'The body is not JSON.',
    422: 'The paymentId is recorded with other content.',
  })
  async pay(
    @Param() { orderId }: OrderIdParams,
    @Body() { paymentId, amountMinor, currency }: PayOrderRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentResponse> {
    const { payment, isNew } = await this.payOrder.execute({ paymentId, orderId, amountMinor, currency });
    if (!isNew) reply.code(200);
    return toPaymentResponse(payment);
  }
}
