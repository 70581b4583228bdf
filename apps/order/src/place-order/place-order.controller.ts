import { ApiProblems } from '@halfway/service';
import { Body, Controller, Header, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { OrderResponse } from '../order.response.js';
import { idempotencyKeyOf } from './idempotency-key.js';
import { PlaceOrder } from './place-order.js';
import { PlaceOrderRequest } from './place-order.request.js';
import { PlaceWithReturn } from './return-on-failure/place-with-return.js';

@ApiTags('orders')
@Controller('orders')
export class PlaceOrderController {
  constructor(
    private readonly placeOrder: PlaceOrder,
    private readonly placeWithReturn: PlaceWithReturn,
  ) {}

  @Post()
  @HttpCode(201)
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({
    summary: 'Places an order; its stock is reserved soon after, or before with the flow "return-on-failure".',
    description:
      'A repetition with the same Idempotency-Key and the same order gets the first answer again, word for word. ' +
      'A key belongs to one order of this service, whoever sends it.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: true,
    description: 'A new value for every new order, the same for a repetition.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  })
  @ApiCreatedResponse({
    type: OrderResponse,
    description:
      'The order is stored; status PENDING until the inventory has answered. With the flow "return-on-failure" it has: ' +
      'AWAITING_PAYMENT or REJECTED.',
    headers: {
      Location: { description: 'Where the order is.', schema: { type: 'string' } },
      'Idempotency-Replayed': {
        description: '`true` when this is the stored answer to an earlier request; absent otherwise.',
        schema: { type: 'string', enum: ['true'] },
      },
    },
  })
  @ApiProblems({
    409: 'A request with the same key is under way, see Retry-After.',
    413: 'The body is over 64 KiB.',
    415: 'The body is not JSON.',
    422: 'The key has placed another order, a sku is unknown, the currencies differ, or the amount is too large.',
  })
  async place(
    @Req() { raw }: FastifyRequest,
    @Body() request: PlaceOrderRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    // As they came: Node joins a header that is there twice with a comma, and the two would pass for one key.
    const key = idempotencyKeyOf(raw.headersDistinct['idempotency-key']);
    const { customerId, lines, flow = 'reserve-on-commit' } = request;
    const useCase = flow === 'return-on-failure' ? this.placeWithReturn : this.placeOrder;
    const placed = await useCase.execute(key, { customerId, lines, flow });
    reply.header('location', `/orders/${placed.orderId}`);
    if (placed.replayed) reply.header('idempotency-replayed', 'true');
    return placed.answer;
  }
}
