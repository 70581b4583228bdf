import { ApiProblems } from '@halfway/service';
import { Body, Controller, HttpStatus, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ReceiveStock } from './receive-stock.js';
import { SkuParam, StockReceiptRequest } from './stock-receipt.request.js';
import { ReceivedStockResponse } from './stock-receipt.response.js';

@ApiTags('stock')
@Controller('stock')
export class ReceiveStockController {
  constructor(private readonly receiveStock: ReceiveStock) {}

  @Post(':sku/receipts')
  @ApiOperation({ summary: 'Books a delivery. Safe to repeat: a receipt id counts once.' })
  @ApiResponse({ status: 201, description: 'Booked.', type: ReceivedStockResponse })
  @ApiResponse({ status: 200, description: 'Was booked before; the stock as it is now.', type: ReceivedStockResponse })
  @ApiProblems({
    413: 'The body is over 64 KiB.',
    415: 'The body is not JSON.',
    422: 'The receipt id stands for another sku or quantity, or the stock would be too large.',
  })
  async receive(
    @Param() { sku }: SkuParam,
    @Body() { receiptId, quantity }: StockReceiptRequest,
    @Res({ passthrough: true }) response: FastifyReply,
  ): Promise<ReceivedStockResponse> {
    const { stock, repeated } = await this.receiveStock.execute({ receiptId, sku, quantity });
    response.code(repeated ? HttpStatus.OK : HttpStatus.CREATED);
    return stock;
  }
}
