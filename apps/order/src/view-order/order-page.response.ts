import { ApiProperty } from '@nestjs/swagger';
import { OrderResponse } from '../order.response.js';

export class OrderPageResponse {
  @ApiProperty({ type: [OrderResponse], description: 'Oldest first.' })
  readonly orders: readonly OrderResponse[];
  @ApiProperty({
    format: 'uuid',
    nullable: true,
    type: String,
    description: '`after` of the next page; null at the end.',
  })
  readonly next: string | null;
}
