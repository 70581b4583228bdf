import { ApiProblems } from '@halfway/service';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { OrderNotFoundError } from '../domain/order.errors.js';
import { OrderIdParams } from '../order-id.params.js';
import { OrderResponse, toOrderResponse } from '../order.response.js';
import { OrderReader } from '../persistence/order.reader.js';
import { ListOrdersRequest } from './list-orders.request.js';
import { OrderPageResponse } from './order-page.response.js';

const DEFAULT_LIMIT = 20;

@ApiTags('orders')
@Controller('orders')
export class ViewOrderController {
  constructor(private readonly reader: OrderReader) {}

  @Get(':orderId')
  @ApiOperation({ summary: 'One order with its lines and payments.' })
  @ApiParam({ name: 'orderId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: OrderResponse })
  @ApiProblems({ 404: 'No such order.' })
  async view(@Param() { orderId }: OrderIdParams): Promise<OrderResponse> {
    const order = await this.reader.find(orderId);
    if (!order) throw new OrderNotFoundError(orderId);
    return toOrderResponse(order);
  }

  @Get()
  @ApiOperation({ summary: 'Orders, oldest first, page by page.' })
  @ApiOkResponse({ type: OrderPageResponse })
  @ApiProblems()
  async list(@Query() { status, limit = DEFAULT_LIMIT, after }: ListOrdersRequest): Promise<OrderPageResponse> {
    const { orders, more } = await this.reader.page({ status, limit, after });
    return { orders: orders.map(toOrderResponse), next: more ? (orders.at(-1)?.orderId ?? null) : null };
  }
}
