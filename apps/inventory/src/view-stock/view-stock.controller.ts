import { ApiProblems } from '@halfway/service';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ReservationNotFoundError, StockNotFoundError } from '../domain/inventory.errors.js';
import { StockRepository } from '../persistence/stock.repository.js';
import { ReservationResponse, toReservationResponse } from '../reservation.response.js';
import { OrderIdParam, SkuParam, StockPageQuery } from './view-stock.request.js';
import { StockPageResponse, StockResponse } from './view-stock.response.js';

@ApiTags('stock')
@Controller()
export class ViewStockController {
  constructor(private readonly stock: StockRepository) {}

  @Get('stock')
  @ApiOperation({ summary: 'All stock by sku, page by page.' })
  @ApiOkResponse({ type: StockPageResponse })
  @ApiProblems()
  async page(@Query() { after, limit }: StockPageQuery): Promise<StockPageResponse> {
    // One more than asked for tells whether there is a next page.
    const rows = await this.stock.page(after, limit + 1);
    const stock = rows.slice(0, limit);
    return { stock, next: rows.length > limit ? (stock.at(-1)?.sku ?? null) : null };
  }

  @Get('stock/:sku')
  @ApiOperation({ summary: 'The stock of one sku.' })
  @ApiOkResponse({ type: StockResponse })
  @ApiProblems({ 404: 'Nothing of this sku was ever received.' })
  async one(@Param() { sku }: SkuParam): Promise<StockResponse> {
    const stock = await this.stock.find(sku);
    if (!stock) throw new StockNotFoundError(sku);
    return stock;
  }

  @Get('reservations/:orderId')
  @ApiOperation({ summary: 'What the inventory decided about an order.' })
  @ApiOkResponse({ type: ReservationResponse })
  @ApiProblems({ 404: 'The inventory has not heard of this order (yet).' })
  async reservation(@Param() { orderId }: OrderIdParam): Promise<ReservationResponse> {
    const found = await this.stock.findReservation(orderId);
    if (!found) throw new ReservationNotFoundError(orderId);
    return toReservationResponse(found);
  }
}
