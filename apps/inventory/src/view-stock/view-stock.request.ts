import { IsPrintable } from '@halfway/service';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';

export class SkuParam {
  /** 1 to 64 printable characters, percent-encoded. */
  @IsPrintable()
  readonly sku: string;
}

export class OrderIdParam {
  @IsUUID()
  readonly orderId: string;
}

export class StockPageQuery {
  /** Rows of a page. */
  @ApiPropertyOptional({ type: 'integer' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly limit: number = 50;

  /** `next` of the page before. */
  @IsOptional()
  @IsPrintable()
  readonly after?: string;
}
