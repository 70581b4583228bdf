import { ApiProperty } from '@nestjs/swagger';
import type { Stock } from '../domain/stock.js';

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
