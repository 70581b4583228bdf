import { IsPrintable } from '@halfway/service';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Matches, Max, Min } from 'class-validator';

/** Ten thousand million of a currency with two decimals: more is a typing error. */
export const MAX_UNIT_PRICE_MINOR = 1_000_000_000_000;

export class SkuParams {
  @ApiProperty({ minLength: 1, maxLength: 64, example: 'TEA-GREEN-100G' })
  @IsPrintable()
  readonly sku: string;
}

export class ProductRequest {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'Green tea, 100 g' })
  @IsPrintable(200)
  readonly name: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_UNIT_PRICE_MINOR, example: 1_499 })
  @IsInt()
  @Min(1)
  @Max(MAX_UNIT_PRICE_MINOR)
  readonly unitPriceMinor: number;

  @ApiProperty({ pattern: '^[A-Z]{3}$', example: 'EUR', description: 'ISO 4217.' })
  @Matches(/^[A-Z]{3}$/)
  readonly currency: string;
}
