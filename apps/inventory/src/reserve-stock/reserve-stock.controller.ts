import { LocalTransactions } from '@halfway/mq';
import { ApiProblems } from '@halfway/service';
import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ReservationConflictError, ReservationReleasedError } from '../domain/inventory.errors.js';
import { sameLines } from '../domain/stock.js';
import { StockRepository } from '../persistence/stock.repository.js';
import { ReservationResponse, toReservationResponse } from '../reservation.response.js';
import { ReserveRequest } from './reserve.request.js';
import { ReserveStock } from './reserve-stock.js';

/**
 * The synchronous way to a reservation, for the flow that deducts before it places the order. Whoever calls must be able to give
 * back what it gets no answer about: a request that timed out may be carried out later, or never.
 */
@ApiTags('reservations')
@Controller('reservations')
export class ReserveStockController {
  constructor(
    private readonly reserveStock: ReserveStock,
    private readonly transactions: LocalTransactions,
    private readonly stock: StockRepository,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Reserves all lines of an order or none.',
    description:
      'Safe to repeat: one decision per order id. A refusal is a decision too: it stays, even if stock arrives.',
  })
  @ApiResponse({ status: 201, description: 'Decided: RESERVED, or REFUSED with a reason.', type: ReservationResponse })
  @ApiResponse({ status: 200, description: 'Was decided before; as it is now.', type: ReservationResponse })
  @ApiProblems({
    409: 'Its stock was given back, or the return came first: nothing will ever be reserved for it.',
    413: 'The body is over 64 KiB.',
    415: 'The body is not JSON.',
    422: 'The order id stands for other lines.',
  })
  async reserve(
    @Body() request: ReserveRequest,
    @Res({ passthrough: true }) response: FastifyReply,
  ): Promise<ReservationResponse> {
    // PostgreSQL writes uuids in lower case; the request may not.
    const order = { orderId: request.orderId.toLowerCase(), lines: request.lines };
    const [decided] = await this.transactions.run((tx) => this.reserveStock.execute([order], tx));
    if (decided?.answer === 'released') throw new ReservationReleasedError(order.orderId);
    if (decided?.repeated) {
      const found = await this.stock.findReservation(order.orderId);
      if (!found || !sameLines(found.lines, order.lines)) throw new ReservationConflictError(order.orderId);
      response.code(HttpStatus.OK);
      return toReservationResponse(found);
    }
    response.code(HttpStatus.CREATED);
    const refusal = decided?.answer === 'refused' ? decided.reason : null;
    const lines = order.lines.map(({ sku, quantity }) => ({ sku, quantity }));
    return { orderId: order.orderId, state: refusal === null ? 'RESERVED' : 'REFUSED', reason: refusal, lines };
  }
}
