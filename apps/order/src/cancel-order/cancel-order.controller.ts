import { ApiProblems, NoFields } from '@halfway/service';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { OrderIdParams } from '../order-id.params.js';
import { OrderResponse, toOrderResponse } from '../order.response.js';
import { CancelOrder } from './cancel-order.js';

@ApiTags('orders')
@Controller('orders/:orderId/cancellation')
export class CancelOrderController {
  constructor(private readonly cancelOrder: CancelOrder) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancels an order that is not paid; whatever is reserved for it goes back.' })
  @ApiParam({ name: 'orderId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: OrderResponse, description: 'Cancelled, now or before.' })
  @ApiProblems({
    404: 'No such order.',
    409: 'The order is PAID or REJECTED.',
    413: 'The body is over 64 KiB.',
    415: 'The body is not JSON.',
  })
  async cancel(@Param() { orderId }: OrderIdParams, @Body(NoFields) _nothing: undefined): Promise<OrderResponse> {
    return toOrderResponse(await this.cancelOrder.execute(orderId));
  }
}
