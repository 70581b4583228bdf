import { ApiProperty } from '@nestjs/swagger';
import { reservationStates, type ReservationState } from './domain/reservation.js';
import type { Line } from './domain/stock.js';
import type { ReservationWithLines } from './persistence/stock.repository.js';

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

export function toReservationResponse({ reservation, lines }: ReservationWithLines): ReservationResponse {
  const { orderId, state, reason } = reservation;
  return { orderId, state, reason, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
}
