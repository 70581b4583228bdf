import { ApiProperty } from '@nestjs/swagger';
import { reservationStates, type ReservationState } from '../domain/reservation.js';
import type { Line, Stock } from '../domain/stock.js';

export class StockResponse implements Stock {
  readonly sku: string;
  /** Everything ever received: available + reserved + sold. */
  readonly total: number;
  readonly available: number;
  /** Held for orders that are not paid yet. */
  readonly reserved: number;
  readonly sold: number;
}

export class StockPageResponse {
  @ApiProperty({ type: [StockResponse] })
  readonly stock: readonly StockResponse[];
  /** `after` of the next page; null on the last one. */
  @ApiProperty({ type: String, nullable: true })
  readonly next: string | null;
}

export class ReservedLineResponse implements Line {
  readonly sku: string;
  readonly quantity: number;
}

export class ReservationResponse {
  @ApiProperty({ format: 'uuid' })
  readonly orderId: string;
  @ApiProperty({ enum: reservationStates })
  readonly state: ReservationState;
  /** Why it was refused. */
  @ApiProperty({ type: String, nullable: true })
  readonly reason: string | null;
  /** What the order asked for; empty when it was cancelled before it arrived here. */
  @ApiProperty({ type: [ReservedLineResponse] })
  readonly lines: readonly ReservedLineResponse[];
}
