import { IsPrintable } from '@halfway/service';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { MAX_RECEIPT } from '../domain/stock.js';

export class SkuParam {
  /** 1 to 64 printable characters, percent-encoded. */
  @IsPrintable()
  readonly sku: string;
}

export class StockReceiptRequest {
  /**
   * Names this delivery once and for all, of whatever sku: sending it again changes nothing.
   * @example "delivery-2024-07-01-A"
   */
  @IsPrintable()
  readonly receiptId: string;

  /** Pieces. */
  @ApiProperty({ type: 'integer' })
  @IsInt()
  @Min(1)
  @Max(MAX_RECEIPT)
  readonly quantity: number;
}
